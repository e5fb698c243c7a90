import { AuthError } from '@dualauth/core'

/**
 * The body of a request as it was sent, of at most so many bytes; null for none.
 *
 * @throws {AuthError} `body_too_large`; `media_type_unsupported` for one that is compressed, which may be large in memory.
 */
export async function readBody({ headers, body }: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (body === null) return null
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new AuthError('media_type_unsupported', { detail: 'the body must not be encoded' })
  if (Number(headers.get('content-length')) > maxBytes) throw tooLarge(body)
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.byteLength
    if (length > maxBytes) throw tooLarge(reader)
    chunks.push(next.value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** @throws {AuthError} `media_type_unsupported` */
export function assertMediaType({ headers }: Request, type: RegExp, named: string): void {
  const [sent = ''] = (headers.get('content-type') ?? '').split(';', 1)
  if (!type.test(sent.trim())) throw new AuthError('media_type_unsupported', { detail: `the body must be ${named}` })
}

/** @throws Where it is no UTF-8. */
export function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

/** Not waited for: of a request that was cloned, it settles when the other half is cancelled, too. */
function tooLarge(source: { cancel(): Promise<void> }): AuthError {
  source.cancel().catch(() => {})
  return new AuthError('body_too_large')
}

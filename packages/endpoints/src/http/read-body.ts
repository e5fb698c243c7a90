import { AuthError } from '@dualauth/core'
import { readAtMost } from '@dualauth/core/adapter'

/**
 * The body of a request as it was sent, of at most so many bytes; null for none.
 *
 * @throws {AuthError} `body_too_large`; `media_type_unsupported` for one that is compressed, which may be large in memory.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (request.body === null) return null
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new AuthError('media_type_unsupported', { detail: 'the body must not be encoded' })
  const bytes = await readAtMost(request, maxBytes)
  if (bytes === null) throw new AuthError('body_too_large')
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

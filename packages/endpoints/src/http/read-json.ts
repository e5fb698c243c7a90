import { AuthError } from '@dualauth/core'

const JSON_TYPE = /^application\/(?:merge-patch\+)?json$/i

/**
 * The JSON of a request, of at most so many bytes; undefined for a body that is empty.
 *
 * @throws {AuthError} `media_type_unsupported`, `body_too_large`, or `request_invalid` for what is no JSON in UTF-8.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const { headers, body } = request
  if (body === null) return undefined
  // What is compressed may be large in memory.
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new AuthError('media_type_unsupported', { detail: 'the body must not be encoded' })
  if (Number(headers.get('content-length')) > maxBytes) throw await tooLarge(body)
  const bytes = await bytesOf(body, maxBytes)
  if (bytes.length === 0) return undefined
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
  if (!JSON_TYPE.test(type.trim()))
    throw new AuthError('media_type_unsupported', { detail: 'the body must be application/json' })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw new AuthError('request_invalid', { detail: 'the body must be JSON in UTF-8' })
  }
}

async function bytesOf(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.byteLength
    if (length > maxBytes) throw await tooLarge(reader)
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

async function tooLarge(source: { cancel(): Promise<void> }): Promise<AuthError> {
  await source.cancel().catch(() => {})
  return new AuthError('body_too_large')
}

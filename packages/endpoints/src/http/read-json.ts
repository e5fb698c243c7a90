import { AuthError } from '@dualauth/core'
import { assertMediaType, readBody, utf8 } from './read-body.js'

const JSON_TYPE = /^application\/(?:merge-patch\+)?json$/i

/**
 * The JSON of a request, of at most so many bytes; undefined for a body that is empty.
 *
 * @throws {AuthError} `media_type_unsupported`, `body_too_large`, or `request_invalid` for what is no JSON in UTF-8.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readJsonBytes(request, maxBytes)
  return bytes.length === 0 ? undefined : parseJson(bytes)
}

/**
 * The same as it arrived, for what is signed; empty for a body that is.
 *
 * @throws {AuthError} `media_type_unsupported`, `body_too_large`
 */
export async function readJsonBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const bytes = (await readBody(request, maxBytes)) ?? new Uint8Array()
  if (bytes.length > 0) assertMediaType(request, JSON_TYPE, 'application/json')
  return bytes
}

/** @throws {AuthError} `request_invalid` */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8(bytes)) as unknown
  } catch {
    throw new AuthError('request_invalid', { detail: 'the body must be JSON in UTF-8' })
  }
}

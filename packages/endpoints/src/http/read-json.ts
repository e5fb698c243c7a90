import { AuthError } from '@dualauth/core'
import { assertMediaType, readBody, utf8 } from './read-body.js'

const JSON_TYPE = /^application\/(?:merge-patch\+)?json$/i

/**
 * The JSON of a request, of at most so many bytes; undefined for a body that is empty.
 *
 * @throws {AuthError} `media_type_unsupported`, `body_too_large`, or `request_invalid` for what is no JSON in UTF-8.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBody(request, maxBytes)
  if (bytes === null || bytes.length === 0) return undefined
  assertMediaType(request, JSON_TYPE, 'application/json')
  try {
    return JSON.parse(utf8(bytes)) as unknown
  } catch {
    throw new AuthError('request_invalid', { detail: 'the body must be JSON in UTF-8' })
  }
}

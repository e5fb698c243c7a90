import { AuthError } from '@dualauth/core'
import { assertMediaType, readBody, utf8 } from './read-body.js'

const FORM_TYPE = /^application\/x-www-form-urlencoded$/i

/**
 * The fields of a form, of at most so many bytes.
 *
 * @throws {AuthError} `media_type_unsupported`, `body_too_large`, or `request_invalid` for what is no UTF-8.
 * @see RFC 6749 appendix B
 */
export async function readForm(request: Request, maxBytes: number): Promise<URLSearchParams> {
  const bytes = await readBody(request, maxBytes)
  assertMediaType(request, FORM_TYPE, 'application/x-www-form-urlencoded')
  try {
    return new URLSearchParams(utf8(bytes ?? new Uint8Array()))
  } catch {
    throw new AuthError('request_invalid', { detail: 'the body must be UTF-8' })
  }
}

/**
 * The one value of a field; null if it is missing or empty.
 * @throws {AuthError} `request_invalid`: it stands twice. @see RFC 6749 section 3.1
 */
export function fieldOf(form: URLSearchParams, name: string): string | null {
  const values = form.getAll(name)
  if (values.length > 1) throw new AuthError('request_invalid', { detail: `${name} must stand once` })
  return values[0] === undefined || values[0] === '' ? null : values[0]
}

import { AuthError } from '@dualauth/core'
import * as z from 'zod/mini'
import { parseBody } from '../http/parse-body.js'
import { fieldOf, readForm } from '../http/read-form.js'
import { readJson } from '../http/read-json.js'

const GRANT_TYPE = 'refresh_token'
/** @see RFC 6749 appendix A.17 */
const TOKEN = /^[\x20-\x7e]+$/
const TOKEN_FORM = 'a refresh token (RFC 6749 appendix A.17)'
const body = z.strictObject({
  refresh_token: z.exactOptional(z.string(TOKEN_FORM).check(z.regex(TOKEN, TOKEN_FORM))),
  grant_type: z.exactOptional(z.literal(GRANT_TYPE, GRANT_TYPE)),
})

/**
 * The refresh token in a body: as JSON, or as a form with its `grant_type`, as clients of OAuth send it; null where there is none.
 *
 * @throws {AuthError} `request_invalid`, `body_too_large`, `media_type_unsupported`
 * @see RFC 6749 section 6
 */
export async function readRefreshToken(request: Request, maxBytes: number): Promise<string | null> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';', 1)
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    const { refresh_token = null } = parseBody(body, (await readJson(request, maxBytes)) ?? {})
    return refresh_token
  }
  const form = await readForm(request, maxBytes)
  const [token, grant] = [fieldOf(form, 'refresh_token'), fieldOf(form, 'grant_type')]
  if (token === null && grant === null) return null
  if (token === null) throw new AuthError('request_invalid', { detail: 'refresh_token is missing' })
  if (grant !== GRANT_TYPE) throw new AuthError('request_invalid', { detail: `grant_type must be ${GRANT_TYPE}` })
  if (!TOKEN.test(token)) throw new AuthError('request_invalid', { detail: `refresh_token must be ${TOKEN_FORM}` })
  return token
}

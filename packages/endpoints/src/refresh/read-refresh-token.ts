import { AuthError } from '@dualauth/core'
import * as z from 'zod/mini'
import { parseBody } from '../http/parse-body.js'
import { fieldOf, readForm } from '../http/read-form.js'
import { readJson } from '../http/read-json.js'

const GRANT_TYPE = 'refresh_token'
/** @see RFC 6749 appendix A.17 */
const TOKEN = /^[\x20-\x7e]+$/
const TOKEN_FORM = 'a refresh token (RFC 6749 appendix A.17)'
const token = z.string(TOKEN_FORM).check(z.regex(TOKEN, TOKEN_FORM))
const body = z.strictObject({
  refresh_token: z.exactOptional(token),
  grant_type: z.exactOptional(z.literal(GRANT_TYPE, GRANT_TYPE)),
})
const HINTS = ['refresh_token', 'access_token'] as const
const givenBack = z.strictObject({
  token,
  token_type_hint: z.exactOptional(z.enum(HINTS, HINTS.join(' or '))),
})

/** What a client sent. */
export interface SentToken {
  readonly token: string
  /** What becomes of it: a new one is given for a refresh token, or it is given back for good. */
  readonly wish: 'refresh' | 'end' | 'end-access-token'
}

/**
 * The refresh token in a body: as JSON, or as a form with its `grant_type`, as clients of OAuth send it; null if there
 * is none.
 *
 * @throws {AuthError} `request_invalid`, `body_too_large`, `media_type_unsupported`
 * @see RFC 6749 section 6
 */
export async function readRefreshToken(request: Request, maxBytes: number): Promise<string | null> {
  const sent = await readSent(request, maxBytes)
  if (sent instanceof URLSearchParams) return ofForm(sent)
  // A member of the application's own, such as a proof against CSRF, must not keep a browser signed in.
  return 'refresh_token' in sent || 'grant_type' in sent ? (parseBody(body, sent).refresh_token ?? null) : null
}

/**
 * The same, or a `token` that is given back.
 *
 * @throws {AuthError} `request_invalid`, `body_too_large`, `media_type_unsupported`
 * @see RFC 7009 section 2.1
 */
export async function readSentToken(request: Request, maxBytes: number): Promise<SentToken | null> {
  const sent = await readSent(request, maxBytes)
  const isForm = sent instanceof URLSearchParams
  if (!(isForm ? sent.has('token') : 'token' in sent)) {
    const refreshToken = isForm ? ofForm(sent) : parseBody(body, sent).refresh_token
    return refreshToken === null || refreshToken === undefined ? null : { token: refreshToken, wish: 'refresh' }
  }
  // A form may name its client, too.
  const [held, hint] = isForm ? [fieldOf(sent, 'token') ?? '', fieldOf(sent, 'token_type_hint')] : []
  const given = parseBody(givenBack, isForm ? { token: held, ...(hint !== null && { token_type_hint: hint }) } : sent)
  return { token: given.token, wish: given.token_type_hint === 'access_token' ? 'end-access-token' : 'end' }
}

async function readSent(request: Request, maxBytes: number): Promise<URLSearchParams | object> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';', 1)
  if (type.trim().toLowerCase() === 'application/x-www-form-urlencoded') return readForm(request, maxBytes)
  const json = (await readJson(request, maxBytes)) ?? {}
  if (typeof json !== 'object') throw new AuthError('request_invalid', { detail: 'the body must be an object' })
  return json
}

function ofForm(form: URLSearchParams): string | null {
  const [sent, grant] = [fieldOf(form, 'refresh_token'), fieldOf(form, 'grant_type')]
  if (sent === null && grant === null) return null
  if (sent === null) throw new AuthError('request_invalid', { detail: 'refresh_token is missing' })
  if (grant !== GRANT_TYPE) throw new AuthError('request_invalid', { detail: `grant_type must be ${GRANT_TYPE}` })
  if (!TOKEN.test(sent)) throw new AuthError('request_invalid', { detail: `refresh_token must be ${TOKEN_FORM}` })
  return sent
}

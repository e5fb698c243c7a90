import { AuthError, type DualAuth } from '@dualauth/core'
import {
  authenticatedRequirement,
  mountedRequest,
  runGuard,
  takeCookies,
  type MountedRequest,
} from '@dualauth/core/adapter'
import { isAnswer, json, refused, UNCACHED } from '../http/answer.js'
import { profileOf } from '../http/profile.js'
import type { Endpoints } from '../http/endpoints.js'
import { endAccessToken, endTokens } from './end-tokens.js'
import type { FamilyAnswer } from './families.js'
import { parseRefreshOptions, type RefreshEndpointOptions } from './options.js'
import { readSentToken } from './read-refresh-token.js'
import { createBodyRefresh, type BodyRefresh } from './rotate.js'

const ALLOWED = 'POST, OPTIONS'

/**
 * `POST` renews the session or tokens of a client.
 *
 * - By default, a session cookie is refreshed if that is due, as by any guard, with the origin rule of `auth`. The
 *   answer says who is signed in and contains no token.
 * - With `bodyTokens`, a refresh token in the body is replaced: `{ "refresh_token": "…" }`, or a form with
 *   `grant_type`. The answer is that of a token endpoint. Each refresh token is used once; for `graceSeconds` it gets
 *   the same answer again, and after that its family ends, here and at the provider. The provider's refresh token from
 *   the sign-in is accepted as well, and starts a family. `auth` verifies new tokens before they are delivered.
 * - With `bodyTokens`, a client signs out with `{ "token": "…" }`, or the same as a form (RFC 7009): everything from
 *   its sign-in ends, here and at the provider. The answer is 200, even for a token that was already invalid, and 400
 *   with the reason `not_revocable` if nothing could be ended.
 *
 * An outage of the provider, the store or the accounts is 503, a limit of the provider 429, and the token that was sent
 * stays valid.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see RFC 6749 sections 5.1 and 6, RFC 7009, RFC 9700 section 4.14
 * @example app.use('/auth/refresh', mountHandler(refreshEndpoint({ auth })))
 */
export function refreshEndpoint(options: RefreshEndpointOptions): Endpoints {
  const { auth, bodyTokens, maxBodyBytes, now } = parseRefreshOptions(options)
  const body = bodyTokens === undefined ? null : createBodyRefresh(auth, bodyTokens, now)
  const refresh = createRefresh({ auth, body, maxBodyBytes, now })
  return async (request) => {
    const { isMounted, ...mounted } = mountedRequest(request)
    const response = await answer(refresh, request, mounted).catch((cause: unknown) => {
      if (!isAnswer(cause)) throw cause
      const more = cause.code === 'method_not_allowed' ? { allow: ALLOWED } : undefined
      return refused(auth, cause, mounted.native, more)
    })
    if (!isMounted)
      for (const cookie of takeCookies(mounted.state, response.headers.getSetCookie(), null))
        response.headers.append('set-cookie', cookie)
    return response
  }
}

async function answer(refresh: Refresh, request: Request, mounted: MountedRequest): Promise<Response> {
  if (request.method === 'OPTIONS')
    return new Response(null, { status: 204, headers: { allow: ALLOWED, 'cache-control': UNCACHED } })
  if (request.method !== 'POST') throw new AuthError('method_not_allowed')
  return refresh(request, mounted)
}

/**
 * Answers a `POST`.
 *
 * @throws {AuthError} What it is refused with.
 */
export type Refresh = (request: Request, mounted: MountedRequest) => Promise<Response>

export interface RefreshParts {
  readonly auth: DualAuth
  /** Null: no tokens are taken in bodies. */
  readonly body: BodyRefresh | null
  readonly maxBodyBytes: number
  readonly now: () => number
}

export function createRefresh({ auth, body, maxBodyBytes, now }: RefreshParts): Refresh {
  return async (request, mounted) => {
    const sent = await readSentToken(request, maxBodyBytes)
    if (sent === null) return refreshCookie(auth, request, mounted)
    // Quietly answering by the cookie would leave a client without what it asked for.
    if (body === null)
      throw new AuthError('request_invalid', { detail: 'refresh tokens in the body are not accepted here' })
    const { token, wish } = sent
    if (wish === 'refresh') return tokenResponse(await body.rotate(token), now())
    await (wish === 'end' ? endTokens({ auth, body }, token, request) : endAccessToken(auth, token))
    return new Response(null, { status: 200, headers: { 'cache-control': UNCACHED } })
  }
}

async function refreshCookie(auth: DualAuth, request: Request, { state, native }: MountedRequest): Promise<Response> {
  const verdict = await runGuard(state, auth, request, native, authenticatedRequirement([]))
  if (verdict.kind === 'refuse') return refused(auth, verdict.error, native)
  if (verdict.kind === 'preflight' || verdict.principal === null)
    throw new TypeError('refreshEndpoint: nobody was authenticated')
  return json(200, profileOf(verdict.principal), { vary: verdict.headers.vary })
}

/** @see RFC 6749 section 5.1 */
function tokenResponse({ accessToken, refreshToken, expiresAt }: FamilyAnswer, now: number): Response {
  const body = {
    access_token: accessToken,
    token_type: 'Bearer',
    ...(expiresAt !== null && { expires_in: Math.max(0, expiresAt - Math.floor(now / 1000)) }),
    refresh_token: refreshToken,
  }
  return json(200, body, { 'cache-control': 'no-store' })
}

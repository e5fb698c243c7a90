import { AuthError, type DualAuth } from '@dualauth/core'
import { UNCACHED } from '../http/answer.js'
import { readRefreshToken } from '../refresh/read-refresh-token.js'
import { MAX_BODY_BYTES, type Settings } from './options.js'

const BODIES: readonly string[] = ['application/json', 'application/x-www-form-urlencoded']

/**
 * Signs out a client that holds tokens: its refresh token in the body, and the access token in `Authorization` where there is one. Whoever
 * holds them needs no proof of origin, and what is good for nothing any more is no mistake.
 *
 * @returns Null where the body has no refresh token, as that of a browser.
 * @throws {AuthError} `store_unavailable`: other instances could not be told, or the store could not be asked.
 * @see RFC 7009 section 2.2
 */
export async function signOutTokens({ auth, body }: Settings, request: Request): Promise<Response | null> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';', 1)
  if (body === null || !BODIES.includes(type.trim())) return null
  // A callback of the application may want to read it, too.
  const refreshToken = await readRefreshToken(request.clone(), MAX_BODY_BYTES).catch((cause: unknown) => {
    request.body?.cancel().catch(() => {})
    throw cause
  })
  if (refreshToken === null) return null
  await body.signOut(refreshToken)
  await revokeBearer(auth, request.headers.get('authorization')).catch((cause: unknown) => {
    throw new AuthError('store_unavailable', { cause })
  })
  return new Response(null, { status: 204, headers: { 'cache-control': UNCACHED } })
}

/** What the provider gave at the sign-in was never seen here: no family knows its session. */
async function revokeBearer(auth: DualAuth, authorization: string | null): Promise<void> {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  if (token === undefined) return
  const result = await auth.authenticate({ method: 'POST', headers: { authorization: `Bearer ${token}` } })
  if (!result.ok || result.principal.keyId !== null) return
  const { verifier, sessionId } = result.principal
  await auth.revoke(sessionId === null ? { credential: token } : { session: sessionId, verifier })
}

import { AuthError, type DualAuth } from '@dualauth/core'
import type { BodyRefresh } from './rotate.js'

/**
 * Ends what a client holds that gives its refresh token back: all that came of its sign-in, and the access token in
 * `Authorization` where there is one. Whoever holds them needs no proof of origin, and what is good for nothing any more is no mistake.
 *
 * @throws {AuthError} `store_unavailable`: other instances could not be told, or the store could not be asked.
 * @see RFC 7009 section 2.2
 */
export async function endTokens(
  { auth, body }: { readonly auth: DualAuth; readonly body: BodyRefresh },
  refreshToken: string,
  request: Request,
): Promise<void> {
  await body.signOut(refreshToken)
  const [, accessToken] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (accessToken !== undefined) await endAccessToken(auth, accessToken)
}

/**
 * What the provider gave at the sign-in was never seen here: no family knows its session.
 * @throws {AuthError} `store_unavailable`
 */
export async function endAccessToken(auth: DualAuth, accessToken: string): Promise<void> {
  const result = await auth.authenticate({ method: 'POST', headers: { authorization: `Bearer ${accessToken}` } })
  if (!result.ok || result.principal.keyId !== null) return
  const { verifier, sessionId } = result.principal
  try {
    await auth.revoke(sessionId === null ? { credential: accessToken } : { session: sessionId, verifier })
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause })
  }
}

import { AuthError, type DualAuth } from '@dualauth/core'
import type { BodyRefresh } from './rotate.js'

/**
 * Ends what a client holds that gives its refresh token back: all that came of its sign-in, and the access token in
 * `Authorization` where there is one. Whoever holds them needs no proof of origin, and what is good for nothing any more is no mistake.
 *
 * @throws {AuthError} `store_unavailable`: other instances could not be told, or the store could not be asked; `verifier_unavailable`:
 * the provider did not end a refresh token of which nothing is known here; `request_invalid`, reason `not_revocable`: it has no way to.
 * @see RFC 7009 section 2.2
 */
export async function endTokens(
  { auth, body }: { readonly auth: DualAuth; readonly body: BodyRefresh },
  refreshToken: string,
  request: Request,
): Promise<void> {
  const accessToken = bearerOf(request)
  // Anybody can make up a refresh token; not one beside an access token that is good, and is over with this request.
  await body.signOut(refreshToken, accessToken !== null && (await isGood(auth, accessToken)))
  if (accessToken !== null) await endAccessToken(auth, accessToken)
}

/**
 * What the provider gave at the sign-in was never seen here: no family knows its session. Its verifier alone says what it is.
 * @throws {AuthError} `store_unavailable`
 */
export async function endAccessToken(auth: DualAuth, accessToken: string): Promise<void> {
  await auth.signOut(sending(accessToken)).catch((cause: unknown) => {
    throw new AuthError('store_unavailable', { cause })
  })
}

/** Null: there is none. */
export function bearerOf({ headers }: Request): string | null {
  return /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null
}

async function isGood(auth: DualAuth, accessToken: string): Promise<boolean> {
  const result = await auth.authenticate(sending(accessToken), { fresh: true, organization: () => undefined })
  return result.ok && result.principal.keyId === null
}

function sending(accessToken: string): Parameters<DualAuth['signOut']>[0] {
  return { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } }
}

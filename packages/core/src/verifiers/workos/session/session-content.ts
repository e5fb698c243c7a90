import { AuthError } from '../../../errors/auth-error.js'
import { readJwt, type JsonObject, type UnverifiedJwt } from '../../../route/jwt.js'
import type { Contact } from '../../../route/verifier.js'
import { own } from '../../../settings/own.js'
import { objectOf, textOf } from '../../../verify/jwt/mapped-claims.js'
import { refreshTokenOf, type SealedSession } from '../../../verify/sealed-session/session-kind.js'

/** What a genuine seal of WorkOS holds: the access token in it is judged like any other. */
export interface WorkosSealedSession extends SealedSession {
  readonly accessToken: UnverifiedJwt
}

/** Null for content that is no session, or whose access token is no strict compact JWS. */
export function readSession(content: unknown): WorkosSealedSession | null {
  const members = objectOf(content)
  const token = own(members, 'accessToken')
  const accessToken = typeof token === 'string' ? readJwt(token) : null
  return accessToken === null ? null : { accessToken, refreshToken: refreshTokenOf(content), members }
}

/**
 * The e-mail address of the sealed user, which is a snapshot beside the token: it counts only where
 * the token is this user's.
 */
export function contactOf({ members }: WorkosSealedSession, subject: string): Contact | null {
  const user = objectOf(own(members, 'user'))
  const email = own(user, 'id') === subject ? textOf(user, 'email') : null
  return email === null ? null : { email, isVerified: own(user, 'emailVerified') === true }
}

/** The session that an answer of `/user_management/authenticate` makes of the one before, as the SDK seals it. */
export function renewedContent(before: JsonObject, answer: JsonObject): JsonObject {
  const user = own(answer, 'user')
  const method = own(answer, 'authentication_method')
  return {
    ...before,
    accessToken: own(answer, 'access_token'),
    refreshToken: own(answer, 'refresh_token'),
    organizationId: own(answer, 'organization_id') ?? undefined,
    impersonator: own(answer, 'impersonator') ?? undefined,
    ...(method === undefined ? {} : { authenticationMethod: method }),
    ...(user === undefined ? {} : { user: inCamelCase(objectOf(user)) }),
  }
}

/**
 * The session that the answer to a sign-in makes.
 *
 * @throws {AuthError} `verifier_unavailable`: it would not be read again.
 */
export function begunContent(answer: JsonObject): JsonObject {
  const content = renewedContent({}, objectOf(answer))
  if ((readSession(content)?.refreshToken ?? null) === null)
    throw new AuthError('verifier_unavailable', { message: 'workosSession.begin: the answer misses a token' })
  return content
}

/** Names of members only: what metadata holds is the app's. */
function inCamelCase(object: JsonObject): JsonObject {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camel(name), value]))
}

import { AuthError } from '../../../errors/auth-error.js'
import { readJwt, type JsonObject, type UnverifiedJwt } from '../../../route/jwt.js'
import type { Contact } from '../../../route/verifier.js'
import { own } from '../../../settings/own.js'
import { objectOf, textOf } from '../../../verify/jwt/mapped-claims.js'
import { refreshTokenOf, type SealedSession } from '../../../verify/sealed-session/session-kind.js'

/** The content of a genuine WorkOS seal. The access token in it is verified like any other. */
export interface WorkosSealedSession extends SealedSession {
  readonly accessToken: UnverifiedJwt
}

/** Null if the content is not a session, or its access token is not a strict compact JWS. */
export function readSession(content: unknown): WorkosSealedSession | null {
  const members = objectOf(content)
  const token = own(members, 'accessToken')
  const accessToken = typeof token === 'string' ? readJwt(token) : null
  return accessToken === null ? null : { accessToken, refreshToken: refreshTokenOf(content), members }
}

/**
 * The e-mail address of the sealed user, which is a snapshot beside the token. It counts only if the token belongs to
 * this user.
 */
export function contactOf({ members }: WorkosSealedSession, subject: string): Contact | null {
  const user = objectOf(own(members, 'user'))
  const email = own(user, 'id') === subject ? textOf(user, 'email') : null
  return email === null ? null : { email, isVerified: own(user, 'emailVerified') === true }
}

/** The session after an answer of `/user_management/authenticate`, in the SDK's form. */
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
 * The session from the answer to a sign-in.
 *
 * @throws {AuthError} `verifier_unavailable`: the session could not be read again.
 */
export function begunContent(answer: JsonObject): JsonObject {
  const content = renewedContent({}, objectOf(answer))
  if ((readSession(content)?.refreshToken ?? null) === null)
    throw new AuthError('verifier_unavailable', { message: 'workosSession.begin: the answer misses a token' })
  return content
}

/** Converts only member names: the content of metadata belongs to the app. */
function inCamelCase(object: JsonObject): JsonObject {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camel(name), value]))
}

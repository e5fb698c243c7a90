import { randomBytes } from 'node:crypto'
import type { FindSession, FoundSession } from '@dualauth/core'
import { assertLifetime, timedClaims, type Lifetime } from '../jwt/timed-claims.js'
import { createKeySet, type KeySet, type KeySetOptions } from '../key-set/key-set.js'
import { assertKnown, type Known } from '../known-options.js'
import { apiKeyRow, type BetterAuthApiKeyOptions, type BetterAuthApiKeyRow } from './api-key-row.js'
import { chunked } from '../chunked.js'
import { sessionDataValue, type SessionDataOptions } from './session-data.js'
import { sessionRow, userRow, type BetterAuthSessionRow, type BetterAuthUserRow } from './session-rows.js'
import { signedValue } from './signed-value.js'

/** The options of `createBetterAuthIssuer`. */
export interface BetterAuthIssuerOptions {
  /** Default: 32 random bytes, in hex. */
  readonly secret?: string
  /** Base URL in tokens of the JWT plugin. Default `http://localhost:3000`. */
  readonly baseUrl?: string
  /** `advanced.cookiePrefix`. Default `better-auth`. */
  readonly cookiePrefix?: string
  /** Whether cookies begin with `__Secure-`. Default false. */
  readonly secure?: boolean
  /** Algorithm of the JWT plugin. Default `EdDSA`, as in Better Auth. */
  readonly algorithm?: KeySetOptions['algorithm']
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** The user and lifetime of a Better Auth session. */
export interface SignInOptions {
  /** A user's id, or fields that override those of a verified user. Default: a new user. */
  readonly user?: string | Readonly<Record<string, unknown>>
  /** Default 604800, seven days; zero or less gives an expired session. */
  readonly expiresInSeconds?: number
  /** Overrides fields of the session row, such as `{ impersonatedBy: 'admin-1' }`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A session as a look-up returns it. `token` is the credential. */
export interface SignedIn {
  readonly token: string
  readonly session: BetterAuthSessionRow
  readonly user: BetterAuthUserRow
}

/** Issues the credentials of a Better Auth server, without the server. */
export interface BetterAuthIssuer {
  readonly secret: string
  /** Stores a session and its user. */
  session(options?: SignInOptions): SignedIn
  /** For `betterAuth({ sessions })`: finds what `session` stored. */
  readonly findSession: FindSession
  /** Deletes the row. */
  signOut(token: string): void
  /** Changes a user's row, such as `{ banned: true }`; null deletes it. */
  changeUser(id: string, fields: Readonly<Record<string, unknown>> | null): void
  /** `name=value` of the signed session cookie. */
  sessionCookie(token: string): string
  /** The signed bearer of the bearer plugin. The unsigned bearer is the token itself. */
  bearer(token: string): string
  /** `name=value` of the cookie cache, or its chunks. Better Auth needs the session cookie, too. */
  sessionDataCookie(signedIn: SignedIn, options?: SessionDataOptions): string
  /** A JWT of the JWT plugin, valid for 15 minutes unless the lifetime says otherwise. */
  jwt(signedIn: SignedIn, claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** The key set of the JWT plugin. */
  readonly keySet: KeySet
  /** A key of the API-key plugin and its row. The row is not kept. */
  apiKey(options: BetterAuthApiKeyOptions): { readonly key: string; readonly row: BetterAuthApiKeyRow }
}

const OPTIONS: Known<BetterAuthIssuerOptions> = {
  secret: true,
  baseUrl: true,
  cookiePrefix: true,
  secure: true,
  algorithm: true,
  now: true,
}
const SIGN_IN: Known<SignInOptions> = { user: true, expiresInSeconds: true, fields: true }

/**
 * Issues the credentials that a Better Auth server would issue with this secret, and keeps its sessions in memory.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export function createBetterAuthIssuer(options: BetterAuthIssuerOptions = {}): BetterAuthIssuer {
  assertKnown(options, OPTIONS, 'createBetterAuthIssuer')
  const { secret = randomBytes(32).toString('hex'), cookiePrefix = 'better-auth', secure = false } = options
  const { algorithm = 'EdDSA', now = Date.now } = options
  const { origin } = new URL(options.baseUrl ?? 'http://localhost:3000')
  const { keySet } = createKeySet({ algorithm })
  const cookieName = (name: string): string => `${secure ? '__Secure-' : ''}${cookiePrefix}.${name}`
  const sessions = new Map<string, BetterAuthSessionRow>()
  const users = new Map<string, BetterAuthUserRow>()
  return {
    secret,
    keySet,
    session(signIn = {}) {
      assertKnown(signIn, SIGN_IN, 'BetterAuthIssuer.session')
      const { user = {}, expiresInSeconds = 604_800, fields = {} } = signIn
      const known = users.get(typeof user === 'string' ? user : String(user['id']))
      const person = known ?? userRow(typeof user === 'string' ? { id: user } : user, now())
      const session = sessionRow(person.id, expiresInSeconds, fields, now())
      users.set(person.id, person)
      sessions.set(session.token, session)
      return { token: session.token, session, user: person }
    },
    findSession(token) {
      const session = sessions.get(token)
      return session === undefined ? null : ({ session, user: users.get(session.userId) ?? null } as FoundSession)
    },
    signOut: (token) => void sessions.delete(token),
    changeUser(id, fields) {
      const user = users.get(id)
      if (fields === null || user === undefined) users.delete(id)
      else users.set(id, { ...user, ...fields })
    },
    sessionCookie: (token) => `${cookieName('session_token')}=${encodeURIComponent(signedValue(token, secret))}`,
    bearer: (token) => signedValue(token, secret),
    sessionDataCookie({ session, user }, data = {}) {
      const value = sessionDataValue({ secret, keySet, origin }, session, user, data, now())
      return chunked(cookieName('session_data'), value, data.chunkSize ?? 3977)
    },
    jwt({ user }, claims = {}, lifetime = {}) {
      assertLifetime(lifetime, 'BetterAuthIssuer.jwt')
      const stated = { ...user, sub: user.id, iss: origin, aud: origin }
      return keySet.sign({ ...stated, ...timedClaims(now(), claims, lifetime, 900) })
    },
    apiKey: (key) => apiKeyRow(key, now()),
  }
}

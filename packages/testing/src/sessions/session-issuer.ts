import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { FindStoredSession, SessionsOptions, StoredSession } from '@dualauth/core'
import { assertKnown, type Known } from '../known-options.js'

/** What a store of sessions keeps of their tokens. */
export type SessionStoredAs = NonNullable<SessionsOptions['storedAs']>

/** Of `createSessionIssuer`. */
export interface SessionIssuerOptions {
  /** Name of the cookie. Default `session`. */
  readonly cookie?: string
  /** What the store keeps. Default `sha256-hex`: the hash of a token, as Lucia does. */
  readonly storedAs?: SessionStoredAs
  /** How tokens begin that travel as bearer, such as `session_`. Default: nothing. */
  readonly prefix?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** Whose session it is, and for how long. */
export interface StoredSignInOptions {
  /** A user's id; null for a visitor who has not signed in. Default: a new user. */
  readonly user?: string | null
  /** Default 2592000, thirty days; zero or less gives an expired session. */
  readonly expiresInSeconds?: number
  /** Laid over the session of the store, such as `{ roles: ['editor'] }` or `{ isActive: false }`. */
  readonly fields?: Partial<StoredSession>
}

/** A session as it was stored; `token` is the credential. */
export interface StoredSignedIn {
  readonly token: string
  readonly session: StoredSession
}

/** A system that keeps its sessions in a store of its own, and nothing of their tokens but a hash. */
export interface SessionIssuer {
  /** Name of the cookie. */
  readonly cookie: string
  /** For `sessions({ storedAs })`. */
  readonly storedAs: SessionStoredAs
  /** Stores a session. */
  session(options?: StoredSignInOptions): StoredSignedIn
  /** For `sessions({ find })`: finds what `session` stored. */
  readonly find: FindStoredSession
  /** Deletes the session. */
  signOut(token: string): void
  /** `name=value` of the session cookie. A bearer is the token itself. */
  sessionCookie(token: string): string
}

const OPTIONS: Known<SessionIssuerOptions> = { cookie: true, storedAs: true, prefix: true, now: true }
const SIGN_IN: Known<StoredSignInOptions> = { user: true, expiresInSeconds: true, fields: true }

/**
 * Mints opaque sessions as Lucia would, and keeps them in memory.
 * @throws {AuthError} `configuration_invalid`: an unknown option, by name.
 */
export function createSessionIssuer(options: SessionIssuerOptions = {}): SessionIssuer {
  assertKnown(options, OPTIONS, 'createSessionIssuer')
  const { cookie = 'session', storedAs = 'sha256-hex', prefix = '', now = Date.now } = options
  const stored = new Map<string, StoredSession>()
  return {
    cookie,
    storedAs,
    session(signIn = {}) {
      assertKnown(signIn, SIGN_IN, 'SessionIssuer.session')
      const { user = randomUUID(), expiresInSeconds = 2_592_000, fields = {} } = signIn
      const secret = randomBytes(20).toString('hex')
      const token = storedAs === 'id.secret' ? `${prefix}${randomBytes(12).toString('hex')}.${secret}` : prefix + secret
      const session: StoredSession = {
        userId: user,
        id: randomUUID(),
        createdAt: new Date(now()),
        expiresAt: new Date(now() + expiresInSeconds * 1000),
        ...(storedAs === 'id.secret' && { secretHash: sha256(secret) }),
        ...fields,
      }
      stored.set(keyOf(token, storedAs), session)
      return { token, session }
    },
    find: (key) => stored.get(key) ?? null,
    signOut: (token) => void stored.delete(keyOf(token, storedAs)),
    sessionCookie: (token) => `${cookie}=${token}`,
  }
}

const ENCODINGS = { 'sha256-hex': 'hex', 'sha256-base64': 'base64', 'sha256-base64url': 'base64url' } as const

/** By what the store finds a session. */
function keyOf(token: string, storedAs: SessionStoredAs): string {
  if (storedAs === 'plain') return token
  if (storedAs === 'id.secret') return token.slice(0, token.indexOf('.'))
  return sha256(token).toString(ENCODINGS[storedAs])
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

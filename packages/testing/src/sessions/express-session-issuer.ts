import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { ExpressSessionData, ExpressSessionStore } from '@dualauth/core'
import { assertKnown, type Known } from '../known-options.js'

/** Of `createExpressSessionIssuer`. */
export interface ExpressSessionIssuerOptions {
  /** `secret` of express-session. Default: 32 random bytes, in hex. */
  readonly secret?: string
  /** `name` of express-session. Default `connect.sid`. */
  readonly cookie?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** Who signed in with Passport, and for how long. */
export interface ExpressSignInOptions {
  /** What `serializeUser` of Passport left, an id as a rule; null for a visitor who has not signed in. Default: a new user. */
  readonly user?: unknown
  /** Default 86400, a day; zero or less gives a session that the store has dropped. */
  readonly expiresInSeconds?: number
  /** Laid over the session, such as `{ userId: '42' }` of an app without Passport. */
  readonly fields?: ExpressSessionData
}

/** A session as it was stored; `id` is what the cookie signs. */
export interface ExpressSignedIn {
  readonly id: string
  readonly session: ExpressSessionData
}

/** What an app with express-session hands out, without the app. */
export interface ExpressSessionIssuer {
  readonly secret: string
  /** Name of the cookie. */
  readonly cookie: string
  /** Stores a session. */
  session(options?: ExpressSignInOptions): ExpressSignedIn
  /** For `expressSession({ store })`: has what `session` stored, until it is over. */
  readonly store: ExpressSessionStore
  /** Destroys the session. */
  signOut(id: string): void
  /** `name=value` of the signed cookie. */
  sessionCookie(id: string): string
}

const OPTIONS: Known<ExpressSessionIssuerOptions> = { secret: true, cookie: true, now: true }
const SIGN_IN: Known<ExpressSignInOptions> = { user: true, expiresInSeconds: true, fields: true }

/**
 * Mints the sessions that an app with express-session and this secret would set, and keeps them in memory.
 * @throws {AuthError} `configuration_invalid`: an unknown option, by name.
 */
export function createExpressSessionIssuer(options: ExpressSessionIssuerOptions = {}): ExpressSessionIssuer {
  assertKnown(options, OPTIONS, 'createExpressSessionIssuer')
  const { secret = randomBytes(32).toString('hex'), cookie = 'connect.sid', now = Date.now } = options
  const stored = new Map<string, { readonly text: string; readonly endsAt: number }>()
  return {
    secret,
    cookie,
    session(signIn = {}) {
      assertKnown(signIn, SIGN_IN, 'ExpressSessionIssuer.session')
      const { user = randomUUID(), expiresInSeconds = 86_400, fields = {} } = signIn
      const id = randomBytes(24).toString('base64url')
      const originalMaxAge = expiresInSeconds * 1000
      const endsAt = now() + originalMaxAge
      const session: ExpressSessionData = {
        cookie: { originalMaxAge, expires: new Date(endsAt).toISOString(), httpOnly: true, path: '/' },
        ...(user !== null && { passport: { user } }),
        ...fields,
      }
      stored.set(id, { text: JSON.stringify(session), endsAt })
      return { id, session }
    },
    store: {
      get(id, callback) {
        const found = stored.get(id)
        callback(null, found === undefined || found.endsAt <= now() ? undefined : JSON.parse(found.text))
      },
    },
    signOut: (id) => void stored.delete(id),
    sessionCookie: (id) => `${cookie}=${encodeURIComponent(`s:${id}.${signatureOf(id, secret)}`)}`,
  }
}

/** As `cookie-signature` writes it. */
function signatureOf(id: string, secret: string): string {
  return createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
}

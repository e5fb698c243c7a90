import type { MaybePromise } from '../../../async/maybe-promise.js'
import type { SourceAbout } from '../../../route/about.js'
import type { DateInput } from '../../../sql/column-values.js'

/** A Better Auth session and its user, as a look-up found them. */
export interface FoundSession {
  readonly session: {
    /** Absent if Better Auth 1.4 or older keeps sessions only in secondary storage. */
    readonly id?: string | number | null
    readonly userId: string | number
    readonly expiresAt: DateInput
    readonly createdAt?: DateInput | null
    readonly impersonatedBy?: string | null
  }
  /** Null if the user is gone: the session is then refused. */
  readonly user: FoundUser | null
  /** Only a membership that the look-up has confirmed. `activeOrganizationId` alone proves nothing. */
  readonly organization?: { readonly id: string; readonly roles?: readonly string[] } | null
}

/** A Better Auth user, as a look-up found it. */
export interface FoundUser {
  readonly id: string | number
  readonly email?: string | null
  readonly emailVerified?: boolean | number | string | null
  readonly name?: string | null
  readonly image?: string | null
  /** Comma-separated, as the admin plugin stores them. */
  readonly role?: string | null
  readonly banned?: boolean | number | string | null
  readonly banExpires?: DateInput | null
}

/** The session's cookie, for a source that asks Better Auth itself. A credential: never log it. */
export interface SessionCookie {
  /** The possible names of the cookie at the server. */
  readonly names: readonly string[]
  /** Signed values, percent-encoded: as the caller sent it, then signed with the newest secret. */
  values(): MaybePromise<readonly string[]>
}

/** What a source with a cache needs to know about a request. */
export interface SessionDemand {
  /** Bypass the cache of the source. */
  readonly fresh: boolean
  /** Milliseconds since the epoch, by the clock of the instance. */
  readonly now: number
}

/**
 * Finds the session of a token. Null: there is none. A throw means "cannot tell" and becomes 503, with the
 * `retryAfterSeconds` of an `AuthError`. Every verifier passes `demand`. The token is a credential: never log it.
 */
export interface FindSession extends SourceTraits {
  (token: string, cookie: SessionCookie, demand?: SessionDemand): MaybePromise<FoundSession | null>
}

/** Optional properties of a source. */
export interface SourceTraits {
  /** Whether it confirms memberships, which a cookie cache cannot do. */
  readonly organizations?: boolean
  /** Rejects if sessions cannot be looked up now. For `auth.ready()`. Absent: assumed to be ready. */
  ready?(): MaybePromise<unknown>
  /** How long it waits for each thing that it asks, in milliseconds. Absent: `betterAuth` alone limits a look-up. */
  readonly timeoutMs?: number
  /** Where it reads, for `auth.inspect`. */
  readonly about?: SourceAbout
}

/** A source that can also extend a session. */
export interface SessionSource extends SourceTraits {
  readonly find: FindSession
  /**
   * Moves the expiry atomically, only if it is still the `from` that `find` returned. False if another instance was
   * first. `to` and `now` are in milliseconds since the epoch.
   */
  extend(token: string, from: DateInput, to: number, now: number): Promise<boolean>
}

import type { MaybePromise } from '../../../async/maybe-promise.js'
import type { SourceAbout } from '../../../route/about.js'
import type { DateInput } from '../../../sql/column-values.js'

/** A Better Auth session and its user, as a look-up found them. */
export interface FoundSession {
  readonly session: {
    /** None where Better Auth 1.4 and older keep sessions in secondary storage alone. */
    readonly id?: string | number | null
    readonly userId: string | number
    readonly expiresAt: DateInput
    readonly createdAt?: DateInput | null
    readonly impersonatedBy?: string | null
  }
  /** Null if the user is gone: the session is then refused. */
  readonly user: FoundUser | null
  /** Only a membership that the look-up confirmed; `activeOrganizationId` alone proves nothing. */
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
  /** Names that the server may know it by. */
  readonly names: readonly string[]
  /** Signed values, percent-encoded: as the caller sent it, then signed with the newest secret. */
  values(): MaybePromise<readonly string[]>
}

/** What a source that remembers has to know of a request. */
export interface SessionDemand {
  /** Past whatever the source remembers. */
  readonly fresh: boolean
  /** Milliseconds since the epoch, by the clock of the instance. */
  readonly now: number
}

/**
 * Finds the session of a token. Null means that there is none; a throw means "cannot tell" and becomes 503, with the
 * `retryAfterSeconds` of an `AuthError`. `demand` is given by every verifier. The token is a credential: never log it.
 */
export interface FindSession extends SourceTraits {
  (token: string, cookie: SessionCookie, demand?: SessionDemand): MaybePromise<FoundSession | null>
}

/** What a source may say of itself. */
export interface SourceTraits {
  /** Whether it confirms organizations, which no cookie cache does. */
  readonly organizations?: boolean
  /** Rejects if no session could be found now, for `auth.ready()`. Left out: taken to be ready. */
  ready?(): MaybePromise<unknown>
  /** Where it looks, for `auth.inspect`. */
  readonly about?: SourceAbout
}

/** A source that can also move the end of a session. */
export interface SessionSource extends SourceTraits {
  readonly find: FindSession
  /**
   * Moves the end in one statement, only if it is still `from` as `find` handed it out; false if another instance was
   * first. `to` and `now` are milliseconds since the epoch.
   */
  extend(token: string, from: DateInput, to: number, now: number): Promise<boolean>
}

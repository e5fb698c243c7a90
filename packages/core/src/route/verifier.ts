import type { Emit, RejectionReason } from '../events/events.js'
import type { SetCookie } from '../http/set-cookie.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import type { MigrationNotice } from '../migration/notice.js'
import type { Signals } from '../migration/policy/signals.js'
import type { KeyRing } from '../keys/key-set/key-ring.js'
import type { SecretList } from '../keys/secrets/secret-list.js'
import type { NamingRequest } from '../request/organization.js'
import type { BegunSessions } from '../verify/sealed-session/begun-sessions.js'
import type { VerifierAbout } from './about.js'
import type { Presented, Shape } from './shape.js'

/** What a verifier proved: who vouches, for whom, with which statements. Not yet an account of this application. */
export interface VerifiedIdentity<Claims = unknown> {
  readonly issuer: string
  /** Unique within `issuer` only. */
  readonly subject: string
  readonly kind: 'user' | 'service'
  /** The issuer's statements; for sessions, the session and user without its token. Frozen. */
  readonly claims: Claims
  /** The provider's grouping; map it in `link` where the application's own differs. */
  readonly organization: string | null
  readonly roles: readonly string[]
  /** Taken literally: a `*` that a provider wrote is no wildcard, and a name that holds one grants nothing. */
  readonly permissions: readonly string[]
  /**
   * True where this application itself granted `permissions`, such as by a service of its own: wildcards among them
   * count. Default false.
   */
  readonly ownPermissions?: boolean
  /**
   * True where `subject` is an account's own id in this application, as this application itself wrote it down: the owner
   * of a key that it keeps. Never what a provider states. Default false.
   */
  readonly ownSubject?: boolean
  /** Upper bound for what the owner's grants allow (API keys); null when there is none. */
  readonly scopes: readonly string[] | null
  readonly sessionId: string | null
  /** Of an API key, its public id, by which `auth.revoke({ apiKey })` ends it; absent or null for anything else. */
  readonly keyId?: string | null
  /** As the issuer states it; never a key of an account. */
  readonly email?: string | null
  /** What the issuer says beside the claims, such as the user of a sealed WorkOS session: for making an account, never for finding one. */
  readonly contact?: Contact
  /** Seconds since the epoch. */
  readonly expiresAt: number | null
  /** Seconds since the epoch; absent or null counts as issued before every revocation. */
  readonly issuedAt?: number | null
  /**
   * When the sign-in began that this credential proves, in seconds since the epoch, also between two of them: a revocation of its session before
   * then does not end it. Absent or null: it proves none, so that each revocation of its session does. Never when it was issued or
   * refreshed.
   */
  readonly signInBegunAt?: number | null
  /** Who acts in the user's place, as the issuer names them. */
  readonly impersonator: string | null
  /** Place of the secret that matched, 0 is the newest; null where none is used. */
  readonly secretIndex: number | null
}

/** Where a person is reached. */
export interface Contact {
  readonly email: string
  /** Whether the issuer says that the person has this address; false where it does not say. */
  readonly isVerified: boolean
}

/** Refusals a verifier may give. */
export const REJECTION_CODES = [
  'credential_missing',
  'credential_invalid',
  'credential_expired',
  'credential_revoked',
  'legacy_retired',
  'credential_not_accepted',
  'account_banned',
  'account_deactivated',
  'identity_unlinked',
  'account_conflict',
  'account_refused',
  'organization_mismatch',
  'rate_limited',
] as const

/** One of the refusals a verifier may give. */
export type RejectionCode = (typeof REJECTION_CODES)[number]

/** The credential is genuine, current and meant for this API. */
export interface Accepted<Claims = unknown> {
  readonly outcome: 'accepted'
  readonly identity: VerifiedIdentity<Claims>
  /** Written with the response, whatever else is decided: a refreshed session must not be lost. */
  readonly cookies?: readonly SetCookie[]
  /** What announces the end of the old side where another service, which judged, is in a migration. Never beside `remember`. */
  readonly signals?: Signals | undefined
  /** Absent: judged anew every time. Never beside `cookies`. */
  readonly remember?: Rememberable
}

/** For how long, and on which conditions, a verification holds for the same credential. */
export interface Rememberable {
  /** Milliseconds since the epoch; not after the credential, its session or its key. */
  readonly until: number
  /** Whether its key still counts; asked every time. */
  isCurrent?(): boolean
  /** The app's own revocation, asked every time; a throw counts as "cannot tell". */
  isRevoked?(): MaybePromise<boolean>
}

/** Not genuine, no longer current, or not meant for this API. */
export interface Rejected {
  readonly outcome: 'rejected'
  readonly code: RejectionCode
  readonly reason: RejectionReason
  /** The claim that was missing or wrong, by name; never its value. */
  readonly claim?: string | null
  /** Why `link` of the service that judged refused: a slug of the application's own, which is sent. */
  readonly linkReason?: string | undefined
  /** Of a `legacy_retired` by another service that judged, what comes next; it is sent. */
  readonly notice?: MigrationNotice | undefined
  readonly retryAfterSeconds?: number
  readonly cookies?: readonly SetCookie[]
}

/** Nobody can tell now: an outage, or a mistake in the configuration. */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly cause: unknown
  readonly retryAfterSeconds?: number
  readonly cookies?: readonly SetCookie[]
}

/** Four outcomes; an outage is never a rejection, because a 401 logs people out. */
export type Verification<Claims = unknown> =
  | Accepted<Claims>
  | Rejected
  /** Of the verifier's form, but unknown to it: the next of a declared chain may know it. */
  | { readonly outcome: 'not-mine' }
  | Unavailable

/** The clock and the events of the instance that a verifier serves. */
export interface VerifierContext {
  /** Milliseconds since the epoch. */
  now(): number
  readonly emit: Emit
  /** Whether what this verifier does not know may belong to another one of its declared chain. */
  readonly hasSuccessor: boolean
  /** A credential above it is refused: a cookie that is larger must not be written. */
  readonly maxCredentialBytes?: number
  /** The key sets of the instance; a verifier with one of its own passes it on. */
  readonly keyRing?: KeyRing
}

/** What the guard asks of the verifier. */
export interface Demand {
  /** Past every cache, also those that the credential brings along. */
  readonly fresh: boolean
  /** Whether cookies of the verification can be written; where not, a session must not be refreshed. */
  readonly refresh: boolean
  /** Whether this very use of the credential was counted before: a connection looks again. Default false. */
  readonly counted?: boolean
  /**
   * For a verifier with `forOrganization`: the organization that the request names, if the instance has the option
   * `organization`; undefined where it names none, null to act for none. A throw means "cannot tell".
   */
  readonly organization?: () => MaybePromise<string | null | undefined>
}

/** The session that a credential is of: all as its `VerifiedIdentity` states them. */
export interface HeldSession {
  readonly sessionId: string
  /** Whose it is, both or neither. Absent: a sign-out ends the session of everybody with that id. */
  readonly issuer?: string
  readonly subject?: string
  readonly signInBegunAt: number | null
}

/** A verifier at work for one instance. */
export interface OpenVerifier<Claims = unknown> {
  /** A throw or a rejected promise counts as "cannot tell". */
  verify(credential: Presented, demand: Demand): MaybePromise<Verification<Claims>>
  /** The app ended the session that this cookie is of: nobody gets a refreshed one for it any more. */
  endSession?(credential: Presented): Promise<void>
  /**
   * Of a session that can be refreshed, read from its cookie without asking anybody, also where it is over for now. Null for what
   * is not genuine, or no session. For sign-out; without it, a credential is judged for that.
   */
  sessionOf?(credential: Presented): Promise<HeldSession | null>
  /** Fetches what can be fetched ahead. */
  ready(): Promise<void>
  close(): void
}

/**
 * Our code that judges one kind of credential: what it owns, as data, and how it judges. Made by
 * `legacyJwt`, `betterAuth`, `workos` and `apiKeys`; an app may bring its own.
 */
export interface Verifier<Name extends string = string, Claims = unknown> {
  readonly name: Name
  readonly shapes: readonly Shape[]
  /** Admits Better Auth's percent-encoded bearer of 1.3 and 1.4. */
  readonly percentEncodedBearer?: boolean
  /** May stand in a declared chain with others of the same form. */
  readonly chained?: boolean
  /**
   * Judging asks another system, also about what anybody may have made up: a sign-out has few of its cookies judged. Default
   * false.
   */
  readonly asksElsewhere?: boolean
  /** Judging counts: each presentation is judged by itself, also of callers that come together. */
  readonly counts?: boolean
  /**
   * Judging depends on the organization that the request names: what it finds is neither remembered nor shared among
   * requests.
   */
  readonly forOrganization?: boolean
  /**
   * Nothing of it is ever remembered or cached: within a request, a fresh look has nothing to add to the
   * first, and so does not count a second time.
   */
  readonly alwaysFresh?: boolean
  /** Subjects of several issuers are not unique: `link` must be given. */
  readonly severalIssuers?: boolean
  /**
   * The one spelling of a credential that this verifier accepts in several, so that
   * `auth.revoke({ credential })` ends them all. Gets any text; what is not its own it returns as it is.
   */
  readonly canonical?: ((credential: string) => string) | undefined
  /**
   * How far its issuer's clock may be ahead of this one, in seconds: `auth.revoke` counts what is dated up to that
   * much after a revocation as issued before it. Default 0.
   */
  readonly clockToleranceSeconds?: number | undefined
  /** Whether the answer to a request carries the `signals` of a verification. Default: always. */
  readonly announces?: ((request: NamingRequest) => boolean) | undefined
  /**
   * Which sessions it reads, so that what begins sessions for it can be compared at the start. Default: it cannot be told, but for the
   * cookies of `shapes`.
   */
  readonly reads?: BegunSessions | undefined
  /** For `auth.inspect`; left out, only `shapes` are known of it. */
  readonly about?: VerifierAbout
  /** HMAC secrets, to refuse two verifiers that share one. */
  readonly secrets?: SecretList | null
  open(context: VerifierContext): OpenVerifier<Claims>
}

/** @param claim Name of the claim that was missing or wrong, for operators; never its value. */
export function rejected(code: RejectionCode, reason: RejectionReason, claim: string | null = null): Rejected {
  return claim === null ? { outcome: 'rejected', code, reason } : { outcome: 'rejected', code, reason, claim }
}

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

/** What a verifier proved: the issuer, the subject and the claims. Not yet an account of this application. */
export interface VerifiedIdentity<Claims = unknown> {
  readonly issuer: string
  /** Unique within `issuer` only. */
  readonly subject: string
  readonly kind: 'user' | 'service'
  /** The issuer's statements; for sessions, the session and user without its token. Frozen. */
  readonly claims: Claims
  /** The provider's organization. Map it in `link` if the application's own differs. */
  readonly organization: string | null
  readonly roles: readonly string[]
  /** Taken literally: a `*` from a provider is not a wildcard, and a name that contains one grants nothing. */
  readonly permissions: readonly string[]
  /**
   * True if this application itself granted `permissions`, for example in one of its services. Then wildcards count.
   * Default false.
   */
  readonly ownPermissions?: boolean
  /**
   * True if `subject` is the account's id in this application, written by this application: for example the owner of a
   * key that it stores. Never for a value that a provider states. Default false.
   */
  readonly ownSubject?: boolean
  /** Upper limit on the owner's grants (API keys); null if there is none. */
  readonly scopes: readonly string[] | null
  readonly sessionId: string | null
  /** The public id of an API key, for `auth.revoke({ apiKey })`. Absent or null for other credentials. */
  readonly keyId?: string | null
  /** As the issuer states it. Never identify an account by it. */
  readonly email?: string | null
  /**
   * Contact data from outside the claims, such as the user of a sealed WorkOS session. For creating an account, never
   * for finding one.
   */
  readonly contact?: Contact
  /** Seconds since the epoch. */
  readonly expiresAt: number | null
  /** Seconds since the epoch; absent or null counts as issued before every revocation. */
  readonly issuedAt?: number | null
  /**
   * When the sign-in of this credential began, in seconds since the epoch. A revocation of its session before that time
   * does not end the credential, even if the provider reuses the session. Absent or null: unknown, so every revocation
   * of its session ends it. Never the time of issue or refresh.
   */
  readonly signInBegunAt?: number | null
  /** The person who acts as the user, as the issuer names them. */
  readonly impersonator: string | null
  /** Index of the secret that matched; 0 is the newest. Null if no secret is used. */
  readonly secretIndex: number | null
}

/** How to reach a person. */
export interface Contact {
  readonly email: string
  /** Whether the issuer has verified the address; false if it does not say. */
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
  /** Written with the response, whatever else is decided, so that a refreshed session is not lost. */
  readonly cookies?: readonly SetCookie[]
  /**
   * Headers that announce the end of the old side, if the other service that verified the credential is in a migration.
   * Never beside `remember`.
   */
  readonly signals?: Signals | undefined
  /** Absent: verified every time. Never beside `cookies`. */
  readonly remember?: Rememberable
}

/** How long, and under which conditions, a verification holds for the same credential. */
export interface Rememberable {
  /** Milliseconds since the epoch. Not later than the end of the credential, its session or its key. */
  readonly until: number
  /** Whether its key is still accepted. Called every time. */
  isCurrent?(): boolean
  /** The app's own revocation check. Called every time; a throw counts as "cannot tell". */
  isRevoked?(): MaybePromise<boolean>
}

/** Not genuine, no longer current, or not meant for this API. */
export interface Rejected {
  readonly outcome: 'rejected'
  readonly code: RejectionCode
  readonly reason: RejectionReason
  /** Name of the claim that was missing or wrong; never its value. */
  readonly claim?: string | null
  /** Why `link` of the verifying service refused: a slug of the application, which is sent. */
  readonly linkReason?: string | undefined
  /** For `legacy_retired` from the verifying service: what the caller should do next. It is sent. */
  readonly notice?: MigrationNotice | undefined
  readonly retryAfterSeconds?: number
  readonly cookies?: readonly SetCookie[]
}

/** The credential cannot be checked now: an outage, or a mistake in the configuration. */
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
  /**
   * The form is the verifier's, but the credential is unknown to it. The next verifier of a declared chain may know it.
   */
  | { readonly outcome: 'not-mine' }
  | Unavailable

/** The clock and the events of the instance that a verifier serves. */
export interface VerifierContext {
  /** Milliseconds since the epoch. */
  now(): number
  readonly emit: Emit
  /** Whether a credential that is unknown here may belong to a later verifier of the declared chain. */
  readonly hasSuccessor: boolean
  /** In bytes. A larger credential is refused, so a larger cookie must not be written. */
  readonly maxCredentialBytes?: number
  /** The key sets of the instance. A verifier that wraps another verifier passes it on. */
  readonly keyRing?: KeyRing
}

/** What the guard requires from the verifier. */
export interface Demand {
  /** Bypass every cache, including a cache inside the credential. */
  readonly fresh: boolean
  /** Whether the cookies of the verification can be written. If not, a session must not be refreshed. */
  readonly refresh: boolean
  /** Whether this use of the credential was counted before, as when a connection checks again. Default false. */
  readonly counted?: boolean
  /**
   * For a verifier with `forOrganization`: the organization that the request names, if the instance has the option
   * `organization`; undefined if it names none, null to act for none. A throw means "cannot tell".
   */
  readonly organization?: () => MaybePromise<string | null | undefined>
}

/** The session of a credential, with the values of its `VerifiedIdentity`. */
export interface HeldSession {
  readonly sessionId: string
  /** The owner of the session: both fields or neither. Absent: a sign-out ends every session with that id. */
  readonly issuer?: string
  readonly subject?: string
  readonly signInBegunAt: number | null
}

/** A verifier at work for one instance. */
export interface OpenVerifier<Claims = unknown> {
  /** A throw or a rejected promise counts as "cannot tell". */
  verify(credential: Presented, demand: Demand): MaybePromise<Verification<Claims>>
  /** Called when the app has ended the session of this cookie: it must not be refreshed any more. */
  endSession?(credential: Presented): Promise<void>
  /**
   * Reads the session from its cookie without asking another system, even if the session is over for now. For sessions
   * that can be refreshed. Null if it is not genuine or not a session. Used by sign-out; without it, the credential is
   * verified.
   */
  sessionOf?(credential: Presented): Promise<HeldSession | null>
  /**
   * The session of a credential that somebody copied, which `auth.revoke({ credential })` ends as well: for credentials with spellings that
   * no `canonical` knows, such as those that are unsealed by a function of the app. Null: it is none of this verifier. A
   * rejected promise is passed on to the caller of `revoke`.
   */
  sessionIdOf?(copied: string): Promise<string | null>
  /**
   * Fetches everything that can be fetched in advance.
   *
   * @param waitMs For `auth.health`: how long to wait for a source of the app, in milliseconds. Default: the verifier's own.
   */
  ready(waitMs?: number): Promise<void>
  close(): void
}

/**
 * Verifies one kind of credential: the shapes that it owns, as data, and the code that checks them. Created by
 * `legacyJwt`, `betterAuth`, `workos` and `apiKeys`; an app may write its own.
 */
export interface Verifier<Name extends string = string, Claims = unknown> {
  readonly name: Name
  readonly shapes: readonly Shape[]
  /** Admits Better Auth's percent-encoded bearer of 1.3 and 1.4. */
  readonly percentEncodedBearer?: boolean
  /** May stand in a declared chain with others of the same form. */
  readonly chained?: boolean
  /**
   * Verification asks another system even about forged credentials, so a sign-out checks only a few of its cookies.
   * Default false.
   */
  readonly asksElsewhere?: boolean
  /** Verification counts uses, so each presentation is checked separately, even if several arrive together. */
  readonly counts?: boolean
  /**
   * Verification depends on the organization that the request names, so its result is neither remembered nor shared
   * between requests.
   */
  readonly forOrganization?: boolean
  /**
   * Its results are never remembered or cached. Within a request, a fresh check repeats nothing, so it does not count a
   * second time.
   */
  readonly alwaysFresh?: boolean
  /** It has several issuers, so a subject alone is not unique and `link` is required. */
  readonly severalIssuers?: boolean
  /**
   * The canonical spelling of a credential that this verifier accepts in several spellings, so that `auth.revoke({
   * credential })` ends them all. Gets any text, and returns text that is not its own unchanged.
   */
  readonly canonical?: ((credential: string) => string) | undefined
  /**
   * How far its issuer's clock may be ahead of this one, in seconds. A credential dated up to this long after a
   * revocation counts as issued before it. Default 0.
   */
  readonly clockToleranceSeconds?: number | undefined
  /** Whether the answer to this request carries the `signals` of the verification. Default: always. */
  readonly announces?: ((request: NamingRequest) => boolean) | undefined
  /**
   * The sessions that it reads, to compare at startup with the sign-in that creates them. Default: only the cookies of
   * `shapes` are compared.
   */
  readonly reads?: BegunSessions | undefined
  /** For `auth.inspect`. Without it, only `shapes` are shown. */
  readonly about?: VerifierAbout
  /** HMAC secrets, to detect two verifiers that share one. */
  readonly secrets?: SecretList | null
  open(context: VerifierContext): OpenVerifier<Claims>
}

/** @param claim Name of the claim that was missing or wrong, for operators; never its value. */
export function rejected(code: RejectionCode, reason: RejectionReason, claim: string | null = null): Rejected {
  return claim === null ? { outcome: 'rejected', code, reason } : { outcome: 'rejected', code, reason, claim }
}

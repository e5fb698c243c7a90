import type { ErrorCode } from '../errors/error-table.js'
import type { EventError } from './event-error.js'
import type { IssuerChosenEvent } from './issuer-chosen.js'
import type { PolicyEvent } from './policy-events.js'
import type { ShadowEvent } from './shadow-events.js'
import type { CarrierKind, DecidingPolicy, EndpointFailure, EndpointName, RejectionReason } from './words.js'

export type { CarrierKind, DecidingPolicy, EndpointFailure, EndpointName, RejectionReason }

/**
 * A decision of dualauth. No event contains a credential, hash, e-mail or claim value. `at` is in milliseconds since
 * the epoch, `durationMs` in fractional milliseconds. JSON drops an error in `cause`, so `error` repeats it as data.
 */
export type AuthEvent =
  | {
      readonly type: 'authenticated'
      readonly at: number
      readonly durationMs: number
      readonly verifier: string
      readonly carrier: CarrierKind
      readonly principalId: string
      readonly organization: string | null
      /** Null if the verifier is in no migration. */
      readonly policy: DecidingPolicy | null
    }
  /** A verifier checked a credential (it was not remembered). The account is looked up after this event. */
  | {
      readonly type: 'verified'
      readonly at: number
      readonly durationMs: number
      readonly verifier: string
      readonly carrier: CarrierKind
      readonly outcome: 'accepted' | 'rejected' | 'unavailable'
    }
  /** An earlier verification of the same credential was used. */
  | { readonly type: 'remembered'; readonly at: number; readonly verifier: string; readonly carrier: CarrierKind }
  /** A verification was dropped early for lack of space: `maxEntries` or `maxBytes` of `remember` is too small. */
  | { readonly type: 'evicted'; readonly at: number; readonly verifier: string }
  /** A revocation took effect in this process. `source` says where it was requested. */
  | {
      readonly type: 'revoked'
      readonly at: number
      readonly kind: 'principal' | 'session' | 'api-key' | 'credential' | 'verifier'
      readonly source: 'revoke' | 'feed'
      /** Null unless `kind` is `verifier` or `session`. */
      readonly verifier: string | null
      /** Null unless `kind` is `principal`. */
      readonly principalId: string | null
    }
  | {
      readonly type: 'refused'
      readonly at: number
      readonly durationMs: number
      readonly code: ErrorCode
      readonly reason: RejectionReason | null
      /** Name of the missing or wrong claim, such as `aud`; `header.typ` for the header. Never a value. */
      readonly claim: string | null
      readonly verifier: string | null
      readonly carrier: CarrierKind | null
      /** The policy that refused; null if no policy did. */
      readonly policy: DecidingPolicy | null
      /** For `identity_conflict`: the verifiers whose valid cookies contradict each other. */
      readonly verifiers?: readonly string[]
      /** The application's own reason, if `link` refused with one: a slug. */
      readonly linkReason?: string
      /** The cause that `link` gave for operators, unchanged. Never sent. */
      readonly cause?: unknown
      readonly error?: EventError
    }
  | {
      readonly type: 'denied'
      readonly at: number
      readonly code: ErrorCode
      readonly verifier: string
      readonly principalId: string
      readonly organization: string | null
    }
  /** An unusable credential was ignored: another cookie was used, or `optionalAuth()` continued without it. */
  | {
      readonly type: 'ignored'
      readonly at: number
      readonly code: ErrorCode
      readonly verifier: string | null
      readonly carrier: CarrierKind | null
      /** The application's own reason, if `link` refused with one: a slug. */
      readonly linkReason?: string
      /** The cause that `link` gave for operators, unchanged. Never sent. */
      readonly cause?: unknown
      readonly error?: EventError
    }
  /** A session of the other side was created and delivered. `automatic`: the caller did not ask for it. */
  | {
      readonly type: 'exchanged'
      readonly at: number
      readonly durationMs: number
      readonly migration: string
      readonly from: string
      readonly to: string
      readonly carrier: CarrierKind
      readonly automatic: boolean
      readonly principalId: string
      readonly organization: string | null
    }
  /** A genuine credential was not exchanged. A `reason` such as `mismatch` or `longer` is a mistake in the minter. */
  | {
      readonly type: 'exchange_refused'
      readonly at: number
      /** Null: the credential belongs to no migration. */
      readonly migration: string | null
      readonly verifier: string
      readonly code: ErrorCode
      readonly reason: string | null
      readonly carrier: CarrierKind
      readonly automatic: boolean
      readonly principalId: string
      readonly organization: string | null
      /** What the minter or a store threw. For internal logs. */
      readonly cause?: unknown
      readonly error?: EventError
    }
  /**
   * An endpoint failed. A `reason` such as `session_not_read` is a mistake in the configuration; `cause` says which.
   */
  | {
      readonly type: 'endpoint_failed'
      readonly at: number
      readonly endpoint: EndpointName
      /** The code of the answer. Null: there was no error answer, because the endpoint continued. */
      readonly code: ErrorCode | null
      readonly reason: string | null
      /** The verifier of the sign-in; null if there is none. */
      readonly verifier: string | null
      readonly cause?: unknown
      readonly error?: EventError
    }
  | { readonly type: 'ambiguous'; readonly at: number; readonly verifiers: readonly string[] }
  /** A verifier, a store or `link` could not answer. `cause` is what it threw. For internal logs. */
  | {
      readonly type: 'unavailable'
      readonly at: number
      readonly source: string
      readonly cause: unknown
      readonly error?: EventError
    }
  | {
      readonly type: 'keys_fetched'
      readonly at: number
      readonly verifier: string
      readonly keys: number
      /** Entries that are not for verification, or whose `kid` occurs twice. */
      readonly skipped: number
      readonly added: number
      readonly withdrawn: number
    }
  /** `usableUntil`: how long the last good keys are used, in milliseconds since the epoch. Null if there are none. */
  | {
      readonly type: 'keys_failed'
      readonly at: number
      readonly verifier: string
      readonly cause: unknown
      readonly error?: EventError
      readonly usableUntil?: number | null
    }
  /** A key set started from the exported keys of another instance. */
  | {
      readonly type: 'keys_hydrated'
      readonly at: number
      readonly verifier: string
      readonly keys: number
      readonly skipped: number
      readonly fetchedAt: number
    }
  /** A session of the provider was refreshed, or could not be: then `cause` says why. */
  | {
      readonly type: 'session_refreshed'
      readonly at: number
      readonly durationMs: number
      readonly verifier: string
      readonly outcome: 'renewed' | 'ended' | 'unavailable'
      readonly cause: unknown
      readonly error?: EventError
    }
  /** A refreshed session was too large to be read again, so it was not written. Its new refresh token was. */
  | { readonly type: 'cookie_too_large'; readonly at: number; readonly verifier: string; readonly bytes: number }
  /** `formatError` threw or returned invalid JSON. The problem document was sent. */
  | { readonly type: 'format_failed'; readonly at: number; readonly cause: unknown; readonly error?: EventError }
  /** A session could not be extended. The request continued. `cause` is what the source threw. */
  | {
      readonly type: 'touch_failed'
      readonly at: number
      readonly verifier: string
      readonly cause: unknown
      readonly error?: EventError
    }
  /** The app ended a session, but a service or the provider did not confirm it, so it may live on there. */
  | {
      readonly type: 'session_end_failed'
      readonly at: number
      readonly verifier: string
      readonly cause: unknown
      readonly error?: EventError
    }
  /** Tokens that never end are accepted because the app said so; repeated at every start. */
  | {
      readonly type: 'unlimited_tokens'
      readonly at: number
      readonly verifier: string
      readonly until: string
      readonly reason: string
    }
  /**
   * `acceptWeakSecret` or `acceptUnlimited` ended in a running process: what relied on it is now refused. Emitted once.
   */
  | {
      readonly type: 'acceptance_ended'
      readonly at: number
      readonly verifier: string
      readonly option: string
      readonly until: string
    }
  /** A weak secret was accepted because the app said so; repeated at every start, and whenever `issuers` is called. */
  | {
      readonly type: 'weak_secret'
      readonly at: number
      readonly verifier: string
      /** Set if `issuers` returned the secret. At most 120 characters. */
      readonly issuer?: string
      readonly until: string
      readonly reason: string
    }
  | IssuerChosenEvent
  | PolicyEvent
  | ShadowEvent

/** Called in the request path. Anything it throws or rejects with is ignored. */
export type AuthEventListener = (event: AuthEvent) => void

export type { Emit } from './emit.js'

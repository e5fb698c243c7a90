import type { ErrorCode } from '../errors/error-table.js'
import type { Stage } from '../migration/stage.js'
import type { EventError } from './event-error.js'
import type { IssuerChosenEvent } from './issuer-chosen.js'
import type { ShadowEvent } from './shadow-events.js'
import type { CarrierKind, DecidingPolicy, EndpointFailure, EndpointName, RejectionReason } from './words.js'

export type { CarrierKind, DecidingPolicy, EndpointFailure, EndpointName, RejectionReason }

/**
 * What was decided. No event holds a credential, hash, e-mail or claim value.
 * `at` is milliseconds since the epoch, `durationMs` is a fraction of milliseconds. Where `cause` is an error, which JSON does not
 * keep, `error` says the same in a form that it does.
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
      /** Null where the verifier takes part in no migration. */
      readonly policy: DecidingPolicy | null
    }
  /** A credential was judged by its verifier, and not recalled; before its account is looked up. */
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
  /** A verification was dropped before its time for want of room: `maxEntries` or `maxBytes` of `remember` is too small. */
  | { readonly type: 'evicted'; readonly at: number; readonly verifier: string }
  /** A revocation took effect in this process; `source` is where it was asked for. */
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
      /** The claim that was missing or wrong, by name, such as `aud` or `user.id`; `header.typ` of the header. Never a value. */
      readonly claim: string | null
      readonly verifier: string | null
      readonly carrier: CarrierKind | null
      /** The policy that refused; null where none did. */
      readonly policy: DecidingPolicy | null
      /** Of an `identity_conflict`: those whose valid cookies contradict each other. */
      readonly verifiers?: readonly string[]
      /** Where `link` refused for a reason of the application's own: that slug. */
      readonly linkReason?: string
      /** What `link` says of its refusal to operators, as it stands; never sent. */
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
  /** An unusable credential that did not decide: a cookie fell through, or `optionalAuth()` went on without it. */
  | {
      readonly type: 'ignored'
      readonly at: number
      readonly code: ErrorCode
      readonly verifier: string | null
      readonly carrier: CarrierKind | null
      /** Where `link` refused for a reason of the application's own: that slug. */
      readonly linkReason?: string
      /** What `link` says of its refusal to operators, as it stands; never sent. */
      readonly cause?: unknown
      readonly error?: EventError
    }
  /** A session of the other side was minted for somebody who got it; `automatic` says that nobody asked. */
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
  /** A genuine credential was not exchanged. A `reason` such as `mismatch` or `longer` is a mistake of the minter. */
  | {
      readonly type: 'exchange_refused'
      readonly at: number
      /** Null: the credential is of none. */
      readonly migration: string | null
      readonly verifier: string
      readonly code: ErrorCode
      readonly reason: string | null
      readonly carrier: CarrierKind
      readonly automatic: boolean
      readonly principalId: string
      readonly organization: string | null
      /** What the minter or a store threw, for logs inside the house. */
      readonly cause?: unknown
      readonly error?: EventError
    }
  /**
   * An endpoint could not do its work: a sign-in failed, or an outage. A `reason` such as `session_not_read` is a mistake in the
   * configuration, and `cause` says which.
   */
  | {
      readonly type: 'endpoint_failed'
      readonly at: number
      readonly endpoint: EndpointName
      /** What the caller was answered; null: nobody, the work went on. */
      readonly code: ErrorCode | null
      readonly reason: string | null
      /** Of the sign-in; null where there is none. */
      readonly verifier: string | null
      readonly cause?: unknown
      readonly error?: EventError
    }
  | { readonly type: 'ambiguous'; readonly at: number; readonly verifiers: readonly string[] }
  /** A verifier, a store or the link could not answer. `cause` is what it threw, for logs inside the house. */
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
      /** Entries that must not verify, or whose `kid` stands twice. */
      readonly skipped: number
      readonly added: number
      readonly withdrawn: number
    }
  /** `usableUntil`: so long the last good keys go on, in milliseconds since the epoch; null when there are none. */
  | {
      readonly type: 'keys_failed'
      readonly at: number
      readonly verifier: string
      readonly cause: unknown
      readonly error?: EventError
      readonly usableUntil?: number | null
    }
  /** A key set started with what another instance wrote down. */
  | {
      readonly type: 'keys_hydrated'
      readonly at: number
      readonly verifier: string
      readonly keys: number
      readonly skipped: number
      readonly fetchedAt: number
    }
  /** A session of the provider was refreshed on the way; `cause` says why it could not be. */
  | {
      readonly type: 'session_refreshed'
      readonly at: number
      readonly durationMs: number
      readonly verifier: string
      readonly outcome: 'renewed' | 'ended' | 'unavailable'
      readonly cause: unknown
      readonly error?: EventError
    }
  /** A refreshed session was not written, because it would not be read again; its new refresh token was. */
  | { readonly type: 'cookie_too_large'; readonly at: number; readonly verifier: string; readonly bytes: number }
  /** `formatError` threw, or returned what is no JSON; the problem document was sent. */
  | { readonly type: 'format_failed'; readonly at: number; readonly cause: unknown; readonly error?: EventError }
  /** A session could not be slid; the request went on. `cause` is what the source threw. */
  | {
      readonly type: 'touch_failed'
      readonly at: number
      readonly verifier: string
      readonly cause: unknown
      readonly error?: EventError
    }
  /** A service, or the provider, did not take a session back that the app ended: there it may live on for a while. */
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
  /** `acceptWeakSecret` or `acceptUnlimited` ended while the process ran: what relied on it is refused from here on. Once. */
  | {
      readonly type: 'acceptance_ended'
      readonly at: number
      readonly verifier: string
      readonly option: string
      readonly until: string
    }
  /** A weak secret was accepted because the app said so; repeated at every start, and whenever `issuers` is asked. */
  | {
      readonly type: 'weak_secret'
      readonly at: number
      readonly verifier: string
      /** Where `issuers` returned it: at most 120 characters. */
      readonly issuer?: string
      readonly until: string
      readonly reason: string
    }

  /** A policy counts from now on in this process. */
  | {
      readonly type: 'policy_adopted'
      readonly at: number
      readonly migration: string
      readonly version: number
      /** Of everybody who belongs to no organization with a stage of its own. */
      readonly stage: Stage
    }
  /**
   * What a source brought was not adopted; the last good policy stays. Once for each mistake, and of `same_version`, a version
   * that counts here with other content, once for each content. `cause` names it.
   */
  | {
      readonly type: 'policy_rejected'
      readonly at: number
      readonly migration: string
      readonly reason: 'invalid' | 'older' | 'same_version'
      readonly version: number | null
      readonly cause: unknown
      readonly error?: EventError
    }
  /**
   * The source has no policy: none yet, or none any more, and the last good one stays. `version` is what goes on counting; null:
   * nothing but a `fallback`. Once until it has one. `cause` says what to do.
   */
  | {
      readonly type: 'policy_missing'
      readonly at: number
      readonly migration: string
      readonly version: number | null
      readonly cause: unknown
      readonly error?: EventError
    }
  /** A policy counts that may not be what anybody meant, such as that of `envPolicy` where neither of its variables is set. `cause` says why. */
  | {
      readonly type: 'policy_assumed'
      readonly at: number
      readonly migration: string
      readonly version: number
      readonly stage: Stage
      readonly cause: unknown
      readonly error?: EventError
    }
  /** The source of a policy could not be asked; the last good policy stays. Once for each outage. */
  | {
      readonly type: 'policy_unavailable'
      readonly at: number
      readonly migration: string
      readonly cause: unknown
      readonly error?: EventError
    }
  /** Evidence could not be written; it waits. Once for each outage. */
  | {
      readonly type: 'evidence_failed'
      readonly at: number
      readonly migration: string
      readonly cause: unknown
      readonly error?: EventError
    }
  | IssuerChosenEvent
  | ShadowEvent

/** Called in the path of the request; whatever it throws or rejects changes nothing. */
export type AuthEventListener = (event: AuthEvent) => void

export type { Emit } from './emit.js'

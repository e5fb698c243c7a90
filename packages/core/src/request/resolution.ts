import type { UnlinkedIdentity } from '../errors/auth-error.js'
import type { ErrorCode } from '../errors/error-table.js'
import type { SetCookie } from '../http/set-cookie.js'
import type { CarrierKind, RejectionReason } from '../events/events.js'
import type { Principal } from '../identity/principal.js'
import type { MigrationNotice } from '../migration/notice.js'
import type { Signals } from '../migration/policy/signals.js'
import type { PolicyRefusal } from '../migration/steering.js'
import type { VerifiedIdentity } from '../route/verifier.js'

/** The result for one credential, before requirements are checked. */
export type Resolution = Resolved | Unresolved

export interface Resolved {
  readonly ok: true
  readonly principal: Principal
  readonly carrier: CarrierKind
  /** Name of the header, cookie or scheme, as in `Credential`. */
  readonly name: string
  readonly cookies?: readonly SetCookie[] | undefined
  /** The announcement of the verifying service. */
  readonly signals?: Signals | undefined
}

/**
 * A verified identity with its account, shared by requests with the same credential. `admit` decides what applies to
 * one request only.
 */
export interface Candidate extends Resolved {
  /** Null if no request can act for another organization than the principal's. */
  readonly identity: VerifiedIdentity | null
  /**
   * Owners that were asked before and could not tell; each decides if its side counts for the request. Never
   * remembered.
   */
  readonly passed?: readonly Unresolved[] | undefined
}

/** A refusal by a migration's policy; without a principal if nobody was verified. */
export interface Steered {
  readonly refusal: PolicyRefusal
  readonly principal: Principal | null
}

export interface Unresolved {
  readonly ok: false
  readonly code: ErrorCode
  readonly reason: RejectionReason | null
  /** Name of the claim that was missing or wrong. */
  readonly claim?: string | null | undefined
  readonly verifier: string | null
  readonly carrier: CarrierKind | null
  /** Name of the header, cookie or scheme at fault, as in `Credential`. */
  readonly name?: string | undefined
  /** For `organization_mismatch`: the id of the proved account, which another cookie may contradict. */
  readonly accountId?: string | undefined
  /** The verifiers that contradict each other. */
  readonly verifiers?: readonly string[] | undefined
  readonly retryAfterSeconds?: number | undefined
  /** Why `link` refused, in the application's words; it is sent. */
  readonly linkReason?: string | undefined
  /** For `identity_unlinked` and `account_conflict`; only for the application. */
  readonly identity?: UnlinkedIdentity | undefined
  readonly cause?: unknown
  /** For a refusal by a migration's policy. */
  readonly steered?: Steered | undefined
  /** For `legacy_retired` from a service: what the caller should do next; it is sent. */
  readonly notice?: MigrationNotice | undefined
  /** Cookies to write although the request is refused. */
  readonly cookies?: readonly SetCookie[] | undefined
}

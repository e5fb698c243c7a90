import type { UnlinkedIdentity } from '../errors/auth-error.js'
import type { ErrorCode } from '../errors/error-table.js'
import type { SetCookie } from '../http/set-cookie.js'
import type { CarrierKind, RejectionReason } from '../events/events.js'
import type { Principal } from '../identity/principal.js'
import type { MigrationNotice } from '../migration/notice.js'
import type { Signals } from '../migration/policy/signals.js'
import type { PolicyRefusal } from '../migration/steering.js'
import type { VerifiedIdentity } from '../route/verifier.js'

/** How one credential ended, before requirements are looked at. */
export type Resolution = Resolved | Unresolved

export interface Resolved {
  readonly ok: true
  readonly principal: Principal
  readonly carrier: CarrierKind
  /** Of the header, cookie or scheme, as `Credential` has it. */
  readonly name: string
  readonly cookies?: readonly SetCookie[] | undefined
  /** What the service that judged announces. */
  readonly signals?: Signals | undefined
}

/**
 * A verified identity with its account. Requests that bring the same credential share it; what holds
 * for one of them only is decided by `admit`.
 */
export interface Candidate extends Resolved {
  /** Null if no request can act for another organization than the principal's. */
  readonly identity: VerifiedIdentity | null
  /** Owners that were asked before and could not tell; each decides where its side counts for the request. Never remembered. */
  readonly passed?: readonly Unresolved[] | undefined
}

/** What the policy of a migration refused; no principal where nobody was verified. */
export interface Steered {
  readonly refusal: PolicyRefusal
  readonly principal: Principal | null
}

export interface Unresolved {
  readonly ok: false
  readonly code: ErrorCode
  readonly reason: RejectionReason | null
  /** The claim that was missing or wrong, by name. */
  readonly claim?: string | null | undefined
  readonly verifier: string | null
  readonly carrier: CarrierKind | null
  /** Of the header, cookie or scheme where one was at fault, as `Credential` has it. */
  readonly name?: string | undefined
  /** Of an `organization_mismatch`: the id of the account that was proved, which another cookie may contradict. */
  readonly accountId?: string | undefined
  /** Those that contradict each other. */
  readonly verifiers?: readonly string[] | undefined
  readonly retryAfterSeconds?: number | undefined
  /** Why `link` refused, as the application says; it is sent. */
  readonly linkReason?: string | undefined
  /** Of an `identity_unlinked` or `account_conflict`, for the application alone. */
  readonly identity?: UnlinkedIdentity | undefined
  readonly cause?: unknown
  /** Of a refusal by the policy of a migration. */
  readonly steered?: Steered | undefined
  /** Of a `legacy_retired` by a service, what comes next; it is sent. */
  readonly notice?: MigrationNotice | undefined
  /** To be written although the request is refused. */
  readonly cookies?: readonly SetCookie[] | undefined
}

import type { ErrorCode } from '../errors/error-table.js'
import type { CarrierKind, RejectionReason } from '../events/events.js'
import type { Principal } from './principal.js'

/** How one credential ended, before requirements are looked at. */
export type Resolution = Resolved | Unresolved

export interface Resolved {
  readonly ok: true
  readonly principal: Principal
  readonly carrier: CarrierKind
}

export interface Unresolved {
  readonly ok: false
  readonly code: ErrorCode
  readonly reason: RejectionReason | null
  readonly verifier: string | null
  readonly carrier: CarrierKind | null
  readonly retryAfterSeconds?: number | undefined
  readonly cause?: unknown
}

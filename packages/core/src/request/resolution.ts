import type { ErrorCode } from '../errors/error-table.js'
import type { SetCookie } from '../http/set-cookie.js'
import type { CarrierKind, RejectionReason } from '../events/events.js'
import type { Principal } from '../identity/principal.js'

/** How one credential ended, before requirements are looked at. */
export type Resolution = Resolved | Unresolved

export interface Resolved {
  readonly ok: true
  readonly principal: Principal
  readonly carrier: CarrierKind
  readonly cookies?: readonly SetCookie[] | undefined
}

export interface Unresolved {
  readonly ok: false
  readonly code: ErrorCode
  readonly reason: RejectionReason | null
  readonly verifier: string | null
  readonly carrier: CarrierKind | null
  /** Those that contradict each other. */
  readonly verifiers?: readonly string[]
  readonly retryAfterSeconds?: number | undefined
  readonly cause?: unknown
  /** To be written although the request is refused. */
  readonly cookies?: readonly SetCookie[] | undefined
}

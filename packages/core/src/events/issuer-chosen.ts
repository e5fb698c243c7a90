import type { IssuerReason } from '../migration/issuance.js'
import type { Side, Stage } from '../migration/stage.js'

/**
 * A side was chosen for somebody: by `issuerFor`, which sign-ins call, or by the rollout in an exchange. One event per
 * decision, not per person.
 */
export interface IssuerChosenEvent {
  readonly type: 'issuer_chosen'
  readonly at: number
  readonly migration: string
  readonly side: Side
  readonly reason: IssuerReason
  readonly purpose: 'sign-in' | 'exchange'
  /** The stage of the deciding policy for this organization. */
  readonly stage: Stage
  readonly version: number
}

import type { IssuerReason } from '../migration/issuance.js'
import type { Side, Stage } from '../migration/stage.js'

/**
 * A side was chosen for somebody: by `issuerFor`, which sign-ins ask, or where the rollout decides about an exchange. One for each
 * decision, and not for each person.
 */
export interface IssuerChosenEvent {
  readonly type: 'issuer_chosen'
  readonly at: number
  readonly migration: string
  readonly side: Side
  readonly reason: IssuerReason
  readonly purpose: 'sign-in' | 'exchange'
  /** Of the policy that decided, for the organization that was asked about. */
  readonly stage: Stage
  readonly version: number
}

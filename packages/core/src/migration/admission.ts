import { cutOff, type CutOffReason } from './cut-off.js'
import { stateFor, type CompiledPolicy } from './policy/compiled-policy.js'
import type { Side } from './stage.js'

/**
 * Why the policy refuses a genuine credential: the stage has ended the old side, or has not started the new side, or a
 * cut-off applies.
 */
export type PolicyReason = 'retired' | 'not_yet' | CutOffReason

/** The subject of a decision: a verified credential and the organization it acts for. */
export interface Bearing {
  /** The organization that this request acts for. */
  readonly organization: string | null
  /** Seconds since the epoch; null if the credential does not say. */
  readonly issuedAt: number | null
}

/**
 * Whether a policy accepts a credential. Percentages, cohorts and lists of people never matter here. Null: it is
 * accepted.
 * @param now Milliseconds since the epoch.
 */
export function policyRefusal(
  policy: CompiledPolicy,
  side: Side,
  { organization, issuedAt }: Bearing,
  now: number,
): PolicyReason | null {
  const { rule } = stateFor(policy, organization)
  if (side === 'new') return rule.new === 'accepted' ? null : 'not_yet'
  if (rule.old !== 'accepted') return 'retired'
  // A cut-off belongs to a move that has started. It does not apply to an organization that is back on the old side.
  return policy.cutOff === null || rule.new === 'idle' ? null : cutOff(policy.cutOff, issuedAt, now)
}

/**
 * Whether a policy allows the exchange of a credential of the old side. It does if both sides are accepted, and if the
 * stage refuses the old side without retiring its keys. A cut-off applies in both cases. Null: it is allowed.
 * @param now Milliseconds since the epoch.
 */
export function exchangeRefusal(
  policy: CompiledPolicy,
  { organization, issuedAt }: Bearing,
  now: number,
): PolicyReason | null {
  const { rule } = stateFor(policy, organization)
  if (rule.new === 'idle') return 'not_yet'
  if (rule.old === 'recognised') return 'retired'
  return policy.cutOff === null ? null : cutOff(policy.cutOff, issuedAt, now)
}

/** The refusal of a side that is known without verifying the credential. Null: verify it. */
export function refusalByShape(policy: CompiledPolicy, side: Side): 'retired' | 'not_yet' | null {
  if (side === 'old') return policy.isOldRetired ? 'retired' : null
  return policy.accepts.new === 'nowhere' ? 'not_yet' : null
}

/** For whom the policy refuses everything of a side, verified or not. Null: for nobody. */
export function refusalByStage(
  policy: CompiledPolicy,
  side: Side,
  extent: 'somewhere' | 'everywhere',
  now: number,
): 'retired' | 'not_yet' | null {
  const accepted = policy.accepts[side]
  // The cut-off does not apply to an organization that is back on the old side.
  const isCutOff = side === 'old' && policy.cutOff !== null && now >= policy.cutOff.acceptUntil
  const isRefused = accepted === 'nowhere' || (extent === 'somewhere' && (accepted === 'somewhere' || isCutOff))
  if (!isRefused) return null
  return side === 'old' ? 'retired' : 'not_yet'
}

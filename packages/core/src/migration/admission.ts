import { cutOff, type CutOffReason } from './cut-off.js'
import { stateFor, type CompiledPolicy } from './policy/compiled-policy.js'
import type { Side } from './stage.js'

/** Why the policy refuses a genuine credential: the stage ended the old side, or has not begun the new one, or a cut-off. */
export type PolicyReason = 'retired' | 'not_yet' | CutOffReason

/** What a decision is about: a credential that was verified, and for whom it acts. */
export interface Bearing {
  /** For which this request acts. */
  readonly organization: string | null
  /** Seconds since the epoch; null where the credential does not say. */
  readonly issuedAt: number | null
}

/**
 * Whether a policy accepts a credential. Percentages, cohorts and lists of people never count here. Null: it does.
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
  // A cut-off belongs to a move that has begun: where an organization is back at the old side, it locks nobody out.
  return policy.cutOff === null || rule.new === 'idle' ? null : cutOff(policy.cutOff, issuedAt, now)
}

/**
 * Whether a policy lets a credential of the old side be exchanged: wherever it is accepted and the new side is, and where the stage
 * refuses it and did not retire its keys. A cut-off counts in both cases. Null: it does.
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

/** What is known of a side before a credential is verified: it need not be. Null: verify it. */
export function refusalByShape(policy: CompiledPolicy, side: Side): 'retired' | 'not_yet' | null {
  if (side === 'old') return policy.isOldRetired ? 'retired' : null
  return policy.accepts.new === 'nowhere' ? 'not_yet' : null
}

/** For whom the policy refuses whatever is of a side, verified or not. Null: for nobody. */
export function refusalByStage(
  policy: CompiledPolicy,
  side: Side,
  extent: 'somewhere' | 'everywhere',
  now: number,
): 'retired' | 'not_yet' | null {
  const accepted = policy.accepts[side]
  // Where an organization is back at the old side, the cut-off does not hold.
  const isCutOff = side === 'old' && policy.cutOff !== null && now >= policy.cutOff.acceptUntil
  const isRefused = accepted === 'nowhere' || (extent === 'somewhere' && (accepted === 'somewhere' || isCutOff))
  if (!isRefused) return null
  return side === 'old' ? 'retired' : 'not_yet'
}

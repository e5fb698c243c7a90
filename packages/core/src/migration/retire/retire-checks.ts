import { earliestLossFree } from '../cut-off.js'
import { stageOf, type PolicyContent } from '../plan/moves.js'
import { isUnverified, oldUses, peopleIn, type RetireFacts, type SideUse } from './retire-facts.js'
import { STAGE_RULES, type Stage } from '../stage.js'
import type { Watch } from './watch.js'

/**
 * - `watched`: an instance was watching at every moment of the window.
 * - `instances`: each instance that watched is still watching or has reported its end, and no clock was wrong.
 * - `nothing_lost`: no sighting was dropped.
 * - `somebody_seen`: somebody was seen on the new side, which proves that evidence arrives.
 * - `old_accepted`: nobody was accepted on the old side.
 * - `old_refused`: nobody was refused on the old side; a refused person still tries to use it.
 * - `old_unverified`: nothing was refused there by its shape alone, as at `retired`. A stranger can cause such a
 *   refusal, too. Only noted with `ignoreUnverified`.
 * - `outstanding`: nobody who has not moved has a credential that has not expired.
 * - `loss_free`: the cut-off lets no current credential outlive it.
 * - `new_accepted`: the new side is accepted everywhere.
 * - `conflicts`: no identity conflict is open.
 * - `shadow_critical`: no comparison of stage `shadow` was recorded within the window as critical. Only noted where
 *   recording is not known to be complete.
 */
export type RetireCheckName =
  | 'watched'
  | 'instances'
  | 'nothing_lost'
  | 'somebody_seen'
  | 'old_accepted'
  | 'old_refused'
  | 'old_unverified'
  | 'outstanding'
  | 'loss_free'
  | 'new_accepted'
  | 'conflicts'
  | 'shadow_critical'

/** One check of a report and its result. */
export interface RetireCheck {
  readonly name: RetireCheckName
  /** `unknown`: the evidence does not say. `noted`: reported, but without effect on the verdict. */
  readonly status: 'passed' | 'failed' | 'unknown' | 'noted'
  /** The number of findings against it: people, instances, gaps, organizations, conflicts or differences. */
  readonly count: number
}

/** @param isUnverifiedNoted Whether unverified refusals are only noted. */
export function checksOf(facts: RetireFacts, watch: Watch, isUnverifiedNoted: boolean): readonly RetireCheck[] {
  const old = oldUses(facts)
  const people = (outcome: SideUse['outcome']): number =>
    old.reduce((sum, use) => sum + (use.outcome === outcome ? peopleIn(use) : 0), 0)
  const unverified = check('old_unverified', 'failed', old.some(isUnverified) ? 1 : 0)
  const arrived = facts.uses.filter(
    ({ side, outcome, people }) => side === 'new' && outcome === 'accepted' && people > 0,
  )
  return [
    check('watched', 'unknown', watch.gaps.length),
    check('instances', 'unknown', watch.silent.length + watch.broken.length + watch.skewed.length),
    check('nothing_lost', 'unknown', watch.lost),
    check('somebody_seen', 'unknown', arrived.length > 0 ? 0 : 1),
    check('old_accepted', 'failed', people('accepted')),
    check('old_refused', 'failed', people('refused')),
    isUnverifiedNoted && unverified.count > 0 ? { ...unverified, status: 'noted' } : unverified,
    check('outstanding', 'failed', isShut(facts) ? 0 : facts.uses.reduce((sum, use) => sum + use.outstanding, 0)),
    lossFree(facts),
    facts.policy === null ? noted('new_accepted') : check('new_accepted', 'failed', idlePlaces(facts.policy)),
    counted('conflicts', facts.conflicts),
    counted('shadow_critical', facts.criticalMismatches?.times ?? null),
  ]
}

/** @param counts Null: unknown. */
function counted(name: RetireCheckName, counts: Readonly<Record<string, number>> | null): RetireCheck {
  if (counts === null) return noted(name)
  return check(
    name,
    'failed',
    Object.values(counts).reduce((sum, one) => sum + one, 0),
  )
}

function check(name: RetireCheckName, otherwise: 'failed' | 'unknown', count: number): RetireCheck {
  return { name, status: count === 0 ? 'passed' : otherwise, count }
}

function noted(name: RetireCheckName): RetireCheck {
  return { name, status: 'noted', count: 0 }
}

function lossFree(facts: RetireFacts): RetireCheck {
  if (isShut(facts)) return check('loss_free', 'failed', 0)
  const earliest = earliestLossFree(facts.policy?.cutOff ?? {})
  return earliest === null ? noted('loss_free') : check('loss_free', 'failed', facts.now < earliest ? 1 : 0)
}

/** Whether no stage accepts the old side any more. */
export function isShut({ policy }: RetireFacts): boolean {
  return policy !== null && stagesOf(policy).every((stage) => STAGE_RULES[stage].old !== 'accepted')
}

/** Whether an organization's stage refuses the new side. */
export function isIdleFor({ policy }: RetireFacts, organization: string | null): boolean {
  return policy !== null && STAGE_RULES[stageOf(policy, organization)].new === 'idle'
}

function stagesOf(policy: PolicyContent): readonly Stage[] {
  return [null, ...Object.keys(policy.organizations ?? {})].map((organization) => stageOf(policy, organization))
}

/** The number of organizations whose stage refuses the new side; everybody else counts as one. */
function idlePlaces(policy: PolicyContent): number {
  return stagesOf(policy).filter((stage) => STAGE_RULES[stage].new === 'idle').length
}

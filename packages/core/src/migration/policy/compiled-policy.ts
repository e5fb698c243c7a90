import { cutOffRule, type CutOffRule } from '../cut-off.js'
import { isHashed, listedUnit } from './listed-unit.js'
import type { PolicyDocument, Rollout } from './policy-document.js'
import { wordSignals, type Signals } from './signals.js'
import { STAGE_RULES, type Side, type Stage, type StageRule } from '../stage.js'

/** A policy that was adopted, ready to be asked on each request. */
export interface CompiledPolicy {
  readonly document: PolicyDocument
  /** Everybody's, and that of each organization with a stage of its own. */
  readonly everybody: StageState
  readonly organizations: ReadonlyMap<string, StageState>
  readonly cutOff: CutOffRule | null
  /** Every stage of the policy refuses the old side by its shape: its verifiers are not asked. */
  readonly isOldRetired: boolean
  /** Where the stages of the policy accept each side. The verifiers of a new side that is accepted nowhere are not asked. */
  readonly accepts: Readonly<Record<Side, Extent>>
  readonly include: ReadonlySet<string>
  readonly exclude: ReadonlySet<string>
  /** One of them holds an identifier as its hash. */
  readonly listsHashes: boolean
  readonly settleMs: number
  /** What answers to the old side say at stages that announce its end; null: nothing. */
  readonly signals: Signals | null
}

/** For which organizations something holds. */
export type Extent = 'everywhere' | 'somewhere' | 'nowhere'

export interface StageState {
  readonly stage: Stage
  readonly rule: StageRule
  /** Whether answers to the old side announce its end. */
  readonly announces: boolean
  /**
   * Since when this instance has known that the new side is accepted, in milliseconds since the epoch; null if it is
   * not.
   */
  readonly newSince: number | null
}

/** Where a policy comes from: the one before it in this process, and when it was adopted here. */
export interface Adoption {
  readonly previous: CompiledPolicy | null
  /** Milliseconds since the epoch. */
  readonly at: number
}

export function compilePolicy(document: PolicyDocument, adoption: Adoption): CompiledPolicy {
  const { rollout, cutOff, settleMs = 30_000 } = document
  const everybody = stateOf(document.stage, null, document, adoption)
  const organizations = statesOf(document, everybody, adoption)
  const rules = [everybody, ...organizations.values()].map(({ rule }) => rule)
  return {
    document,
    everybody,
    organizations,
    cutOff: cutOff === undefined ? null : cutOffRule(cutOff),
    isOldRetired: rules.every(({ old }) => old === 'recognised'),
    accepts: {
      old: extentOf(rules.map(({ old }) => old === 'accepted')),
      new: extentOf(rules.map((rule) => rule.new === 'accepted')),
    },
    include: listOf(rollout, rollout?.include),
    exclude: listOf(rollout, rollout?.exclude),
    listsHashes:
      rollout?.unit === 'identifier' && [rollout.include, rollout.exclude].some((list) => list?.some(isHashed)),
    settleMs,
    signals: wordSignals(document),
  }
}

function extentOf(holds: readonly boolean[]): Extent {
  if (!holds.includes(true)) return 'nowhere'
  return holds.includes(false) ? 'somewhere' : 'everywhere'
}

/** @param organization Null: the caller acts for none. */
export function stateFor(policy: CompiledPolicy, organization: string | null): StageState {
  if (organization === null) return policy.everybody
  return policy.organizations.get(organization) ?? policy.everybody
}

function statesOf(document: PolicyDocument, everybody: StageState, adoption: Adoption): Map<string, StageState> {
  const { organizations = {}, stage: usual } = document
  const states = new Map<string, StageState>()
  for (const [id, { stage = usual }] of Object.entries(organizations))
    states.set(id, stateOf(stage, id, document, adoption))
  // One that had a stage of its own until now may have accepted the new side for less long than everybody.
  for (const id of adoption.previous?.organizations.keys() ?? []) {
    if (states.has(id)) continue
    const state = stateOf(usual, id, document, adoption)
    if (state.newSince !== null && state.newSince > (everybody.newSince ?? 0)) states.set(id, state)
  }
  return states
}

function listOf(rollout: Rollout | undefined, units: readonly string[] = []): ReadonlySet<string> {
  return new Set(rollout === undefined ? [] : units.map((unit) => listedUnit(rollout.unit, unit)))
}

function stateOf(
  stage: Stage,
  organization: string | null,
  { announcement }: PolicyDocument,
  { previous, at }: Adoption,
): StageState {
  const rule = STAGE_RULES[stage]
  const announces = rule.announces || (stage === 'dual' && announcement?.inDual === true)
  if (rule.new === 'idle') return { stage, rule, announces, newSince: null }
  const before = previous === null ? null : stateFor(previous, organization).newSince
  return { stage, rule, announces, newSince: before ?? at }
}

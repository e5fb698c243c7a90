import { cutOffRule, type CutOffRule } from '../cut-off.js'
import { isHashed, listedUnit } from './listed-unit.js'
import type { PolicyDocument, Rollout } from './policy-document.js'
import { wordSignals, type Signals } from './signals.js'
import { STAGE_RULES, type Side, type Stage, type StageRule } from '../stage.js'

/** An adopted policy, prepared for use on each request. */
export interface CompiledPolicy {
  readonly document: PolicyDocument
  /** The general state, and the state of each organization with a stage of its own. */
  readonly everybody: StageState
  readonly organizations: ReadonlyMap<string, StageState>
  readonly cutOff: CutOffRule | null
  /** Whether every stage of the policy refuses the old side by shape. If so, its verifiers are not asked. */
  readonly isOldRetired: boolean
  /** Where the policy's stages accept each side. If the new side is accepted nowhere, its verifiers are not asked. */
  readonly accepts: Readonly<Record<Side, Extent>>
  readonly include: ReadonlySet<string>
  readonly exclude: ReadonlySet<string>
  /** Whether a list contains a hashed identifier. */
  readonly listsHashes: boolean
  readonly settleMs: number
  /** Header fields for answers to the old side at stages that announce its end; null if there are none. */
  readonly signals: Signals | null
}

/** The organizations for which something applies. */
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

/** How a policy was adopted: the one before it in this process, and when. */
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
  // An organization that had its own stage until now may have accepted the new side later than everybody else.
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

import type { OrganizationPolicy, PolicyDocument } from '../policy/policy-document.js'
import { placeOfStage, STAGE_RULES, STAGES, type Stage } from '../stage.js'

/** A policy document before it is written. The version is assigned when it is written. */
export type PolicyContent = Omit<PolicyDocument, 'version'>

/** One change of stage. */
export interface Move {
  /** Null: everybody whose organization has no stage of its own. */
  readonly organization: string | null
  /** Null: there was no policy. */
  readonly from: Stage | null
  readonly to: Stage
}

/** The stage changes: everybody's, and those of organizations that move differently. */
export function movesOf(current: PolicyContent | null, next: PolicyContent): readonly Move[] {
  const everybody = moveOf(current, next, null)
  const own = namedOrganizations(current, next)
    .map((organization) => moveOf(current, next, organization))
    .filter(({ from, to }) => from !== everybody.from || to !== everybody.to)
  return [everybody, ...own].filter(({ from, to }) => from !== to)
}

/** The move of one organization, or of everybody. The stage may stay the same. */
export function moveOf(current: PolicyContent | null, next: PolicyContent, organization: string | null): Move {
  return {
    organization,
    from: current === null ? null : stageOf(current, organization),
    to: stageOf(next, organization),
  }
}

export function namedOrganizations(current: PolicyContent | null, next: PolicyContent): readonly string[] {
  return [...new Set([current, next].flatMap((policy) => Object.keys(policy?.organizations ?? {})))]
}

/** @param organization Null: everybody whose organization has no stage of its own. */
export function stageOf(policy: PolicyContent, organization: string | null): Stage {
  return (organization === null ? undefined : ownOf(policy, organization)?.stage) ?? policy.stage
}

/** The policy's entry for one organization. */
export function ownOf({ organizations = {} }: PolicyContent, organization: string): OrganizationPolicy | undefined {
  return Object.hasOwn(organizations, organization) ? organizations[organization] : undefined
}

/**
 * Whether a move skips a stage. Without a policy, both sides were accepted. Leaving out `shadow` does not count,
 * because it changes nothing for callers.
 */
export function skips({ from, to }: Move): boolean {
  const passed = STAGES.slice(placeOfStage(from ?? 'dual') + 1, placeOfStage(to))
  return passed.some((stage) => stage !== 'shadow')
}

/** Whether sessions of the new side end. */
export function strands({ from, to }: Move): boolean {
  return STAGE_RULES[from ?? 'dual'].new === 'accepted' && STAGE_RULES[to].new === 'idle'
}

/** Whether credentials of the old side end. */
export function shutsOld({ from, to }: Move): boolean {
  return STAGE_RULES[from ?? 'dual'].old === 'accepted' && STAGE_RULES[to].old !== 'accepted'
}

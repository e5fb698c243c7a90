import { STAGE_RULES, type Stage } from '../stage.js'
import { namedOrganizations, ownOf, stageOf, type PolicyContent } from './moves.js'

/** An organization that stays at its own stage. */
export interface Stays {
  readonly organization: string
  readonly stage: Stage
}

/** Whether a stage announces the end of the old side to its callers. */
export function announcesAt({ announcement }: PolicyContent, stage: Stage): boolean {
  return STAGE_RULES[stage].announces || (stage === 'dual' && announcement?.inDual === true)
}

/** Whether everybody is at `prefer-new`, but nothing lets the new side issue for anybody. */
export function issuesForNobody({ stage, rollout, newUsers, organizations = {} }: PolicyContent): boolean {
  if (stage !== 'prefer-new' || newUsers === 'new') return false
  if (rollout === undefined) return true
  const shares = [rollout.basisPoints, ...Object.values(organizations).map(({ basisPoints = 0 }) => basisPoints)]
  return shares.every((share) => share === 0) && (rollout.include ?? []).length === 0
}

/**
 * The time from which the cut-off refuses what the old side issues, so that the new side issues for everybody whatever
 * the rollout says. Null if the rollout already includes everybody, or the cut-off does not say.
 */
export function overruled(next: PolicyContent): { readonly since: number; readonly basisPoints: number } | null {
  const { stage, cutOff = {}, rollout } = next
  const ends = [cutOff.refuseIssuedAfter, cutOff.acceptUntil].flatMap((end) =>
    end === undefined ? [] : [Date.parse(end)],
  )
  const basisPoints = rollout?.basisPoints ?? 0
  if (ends.length === 0 || basisPoints === 10_000 || STAGE_RULES[stage].issues !== 'cohort') return null
  return { since: Math.min(...ends), basisPoints }
}

/** Organizations that stay at their own stage while everybody else moves. */
export function organizationsThatStay(current: PolicyContent | null, next: PolicyContent): readonly Stays[] {
  if (current === null || current.stage === next.stage) return []
  return namedOrganizations(current, next)
    .filter((organization) => ownOf(next, organization)?.stage === ownOf(current, organization)?.stage)
    .filter((organization) => ownOf(next, organization)?.stage !== undefined)
    .map((organization) => ({ organization, stage: stageOf(next, organization) }))
    .filter(({ stage }) => stage !== next.stage)
}

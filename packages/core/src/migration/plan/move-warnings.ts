import { DAY_MS } from '../evidence/day.js'
import { earliestLossFree } from '../cut-off.js'
import { STAGE_RULES, type Stage } from '../stage.js'
import type { Changes } from './affected.js'
import { announcesAt, issuesForNobody, overruled, organizationsThatStay, type Stays } from './move-findings.js'
import { ownOf, shutsOld, strands, type Move, type PolicyContent } from './moves.js'
import { countPeople, type MoveEvidence } from './seen-people.js'

/** A warning before a change of policy. Times are in milliseconds since the epoch. */
export type MoveWarning =
  /** This many people depend on the old side and will be refused by the stage. */
  | { readonly code: 'old_side_in_use'; readonly people: number }
  /** This many people on the new side must sign in again. */
  | { readonly code: 'logouts'; readonly people: number }
  /**
   * Up to this many people on the old side must sign in again because of the cut-off. The exact number is unknown,
   * because evidence does not contain the time of issue.
   */
  | { readonly code: 'cut_off_refuses'; readonly people: number }
  /** This many people have a credential of the old side that expires after `until`, when the cut-off refuses it. */
  | { readonly code: 'outlived'; readonly people: number; readonly until: number }
  /** There is no evidence, so the number of affected people is unknown. */
  | { readonly code: 'evidence_missing' }
  /** The database did not count people within its statement timeout, so the number of affected people is unknown. */
  | { readonly code: 'evidence_unread' }
  /** Evidence starts only at `since`. People who have not been seen since then are missing. */
  | { readonly code: 'evidence_young'; readonly since: number }
  /** Refused credentials of the old side may not have expired yet. `earliest`: when all have expired; null: unknown. */
  | { readonly code: 'not_loss_free'; readonly earliest: number | null }
  /** Verifiers of the old side load their keys again, so the keys must be configured. */
  | { readonly code: 'keys_needed' }
  /** The salt or unit changes, so the rollout selects other people. */
  | { readonly code: 'rollout_rechosen' }
  /** `cutOff.acceptUntil` has passed: the old side is refused at once, at any stage that accepts both. */
  | { readonly code: 'acceptance_over' }
  /** The stage is `prefer-new`, but no rollout, list or share lets the new side issue for anybody. */
  | { readonly code: 'issues_for_nobody' }
  /**
   * From `since` on, the cut-off refuses credentials that the old side issues. So the new side issues for everybody,
   * whatever the rollout says.
   */
  | { readonly code: 'rollout_overruled'; readonly since: number; readonly basisPoints: number }
  /** A stage announces the end of the old side, but these members are missing, so the announcement is incomplete. */
  | { readonly code: 'announcement_incomplete'; readonly missing: readonly ('deprecation' | 'documentation')[] }
  /** Organizations with their own stage, which stay there while everybody else moves. */
  | { readonly code: 'organizations_stay'; readonly organizations: readonly Stays[] }
  /** An organization on hold: the old side issues for all of its people, whatever its share. */
  | { readonly code: 'held'; readonly organization: string }
  /** An organization is named for the first time, but nobody was ever seen acting for it. */
  | { readonly code: 'organization_unseen'; readonly organization: string }

/** The data for judging a change. */
export interface Judged {
  readonly current: PolicyContent | null
  readonly next: PolicyContent
  readonly moves: readonly Move[]
  readonly changes: Changes
  readonly evidence: MoveEvidence | null
  readonly now: number
}

/** How recently a person must have been seen to count. */
const LATELY_MS = 30 * DAY_MS

export function warningsOf(judged: Judged): readonly MoveWarning[] {
  return [...warningsOfPeople(judged), ...warningsOfDates(judged), ...warningsOfContent(judged)]
}

function warningsOfPeople({ moves, changes, evidence, now }: Judged): readonly MoveWarning[] {
  const warnings: MoveWarning[] = []
  const seen = evidence?.seen ?? []
  const warn = (code: 'old_side_in_use' | 'logouts' | 'cut_off_refuses', people: number): void => {
    if (people > 0) warnings.push({ code, people })
  }
  warn(
    'old_side_in_use',
    countPeople(seen, (place) => place.needsOld && shutsOld(changes.of(place.organization))),
  )
  warn(
    'logouts',
    countPeople(seen, (place) => place.needsNew && strands(changes.of(place.organization))),
  )
  warn(
    'cut_off_refuses',
    countPeople(seen, (place) => place.needsOld && changes.of(place.organization).cutsOff),
  )
  if (moves.some((move) => shutsOld(move) || strands(move)) || changes.all.some(({ cutsOff }) => cutsOff)) {
    if (evidence === null) warnings.push({ code: 'evidence_missing' })
    else if (now - evidence.since < LATELY_MS) warnings.push({ code: 'evidence_young', since: evidence.since })
  }
  return warnings
}

function warningsOfDates({ current, next, moves, changes, evidence, now }: Judged): readonly MoveWarning[] {
  const warnings: MoveWarning[] = []
  const earliest = earliestLossFree(current?.cutOff ?? {})
  if (moves.some(shutsOld) && (earliest === null || now < earliest)) warnings.push({ code: 'not_loss_free', earliest })
  const until = momentOf(next.cutOff?.acceptUntil)
  if (until !== null && until <= now) warnings.push({ code: 'acceptance_over' })
  if (until !== null && until > now && until !== momentOf(current?.cutOff?.acceptUntil)) {
    const people = countPeople(
      evidence?.seen ?? [],
      (place) => place.outlives === true && isBoth(changes.of(place.organization).to),
    )
    if (people > 0) warnings.push({ code: 'outlived', people, until })
  }
  return warnings
}

function warningsOfContent({ current, next, moves, evidence }: Judged): readonly MoveWarning[] {
  const warnings: MoveWarning[] = []
  if (moves.some(({ from, to }) => from === 'retired' && to !== 'retired')) warnings.push({ code: 'keys_needed' })
  if (isRechosen(current, next)) warnings.push({ code: 'rollout_rechosen' })
  if (issuesForNobody(next)) warnings.push({ code: 'issues_for_nobody' })
  const early = overruled(next)
  if (early !== null) warnings.push({ code: 'rollout_overruled', ...early })
  if (moves.some(({ to }) => announcesAt(next, to))) {
    const missing = (['deprecation', 'documentation'] as const).filter(
      (name) => next.announcement?.[name] === undefined,
    )
    if (missing.length > 0) warnings.push({ code: 'announcement_incomplete', missing })
  }
  const organizations = organizationsThatStay(current, next)
  if (organizations.length > 0) warnings.push({ code: 'organizations_stay', organizations })
  for (const [organization, own] of Object.entries(next.organizations ?? {})) {
    const before = current === null ? undefined : ownOf(current, organization)
    const isChanged = own.stage !== before?.stage || own.basisPoints !== before?.basisPoints
    if (own.hold === true && before?.hold === true && isChanged) warnings.push({ code: 'held', organization })
  }
  for (const organization of evidence?.unseen ?? []) warnings.push({ code: 'organization_unseen', organization })
  return warnings
}

function isBoth(stage: Stage): boolean {
  return STAGE_RULES[stage].issues === 'cohort'
}

function isRechosen(current: PolicyContent | null, next: PolicyContent): boolean {
  const [before, after] = [current?.rollout, next.rollout]
  return before !== undefined && after !== undefined && (before.salt !== after.salt || before.unit !== after.unit)
}

function momentOf(date: string | undefined): number | null {
  return date === undefined ? null : Date.parse(date)
}

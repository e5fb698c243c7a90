import { DAY_MS } from '../evidence/day.js'
import { earliestLossFree } from '../cut-off.js'
import type { PolicyDocument } from './policy-document.js'
import { placeOfStage, STAGE_RULES, STAGES, type Stage } from '../stage.js'

/** A document before it is written: what writes it gives the version. */
export type PolicyContent = Omit<PolicyDocument, 'version'>

/** How many people were seen where, by evidence; who acts for several organizations counts in each. */
export interface SeenPeople {
  /** Null: people who act for none. */
  readonly organization: string | null
  /** Seen on the old side within 30 days. */
  readonly old: number
  /** Seen on the new side within 30 days, and not on the old side since: they would have to sign in again. */
  readonly new: number
}

/** What is known of people when a policy changes. */
export interface MoveEvidence {
  readonly people: readonly SeenPeople[]
  /** Since when somebody has watched, in milliseconds since the epoch: who was there before is not counted. */
  readonly since: number
}

/** One stage that changes. */
export interface Move {
  /** Null: everybody without a stage of their own. */
  readonly organization: string | null
  /** Null: there was no policy. */
  readonly from: Stage | null
  readonly to: Stage
}

/** What is worth knowing before it is done. */
export type MoveWarning =
  /** So many people were seen on the old side within 30 days, and will be refused. */
  | { readonly code: 'old_side_in_use'; readonly people: number }
  /** So many people on the new side have to sign in again. */
  | { readonly code: 'logouts'; readonly people: number }
  /** Nothing was watched, so nobody can say how many people are affected. */
  | { readonly code: 'evidence_missing' }
  /** What is counted begins only then: people who were not there since are missing. */
  | { readonly code: 'evidence_young'; readonly since: number }
  /** Credentials of the old side that are refused may still be current. `earliest`: from when on none is; null: not known. */
  | { readonly code: 'not_loss_free'; readonly earliest: number | null }
  /** Verifiers of the old side load their keys again: they have to be configured. */
  | { readonly code: 'keys_needed' }
  /** Another salt or unit: the rollout chooses other people. */
  | { readonly code: 'rollout_rechosen' }
  /** `cutOff.acceptUntil` has passed: the old side is refused at once, at any stage that accepts both. */
  | { readonly code: 'acceptance_over' }

/** Why it is not done. */
export type MoveRefusal =
  /** Forward goes one stage at a time. `force` does it nevertheless. */
  | ({ readonly code: 'stages_skipped' } & Move)
  /** `people` have to sign in again, and `acceptLogouts` accepts fewer. */
  | { readonly code: 'logouts_not_accepted'; readonly people: number; readonly accepted: number }
  /** How many would have to sign in again is not known. `force` does it nevertheless. */
  | { readonly code: 'logouts_unknown' }

/** What a change of policy would do, what is worth knowing before, and why it is not done. */
export interface MovePlan {
  readonly moves: readonly Move[]
  readonly warnings: readonly MoveWarning[]
  /** Null: it may be done. */
  readonly refusal: MoveRefusal | null
}

/** What the operator accepts who changes a policy. */
export interface MoveConsent {
  /** How many people may have to sign in again. Default 0. */
  readonly acceptLogouts?: number
  /** Also what skips stages, or what cannot be judged. Default false. */
  readonly force?: boolean
}

/**
 * What a new policy would do, and whether it is a legal move: forward one stage at a time (`shadow` may be left out), back as
 * far as you like. Who holds a session of the new side is logged out below `dual`, which needs a number of people accepted.
 *
 * @param current Null: none was ever written.
 * @param evidence Null where nothing was watched. Missing data is never taken for nobody.
 * @param now Milliseconds since the epoch.
 */
export function planMove(
  current: PolicyContent | null,
  next: PolicyContent,
  evidence: MoveEvidence | null,
  now: number,
  { acceptLogouts = 0, force = false }: MoveConsent = {},
): MovePlan {
  const moves = movesOf(current, next)
  const loggedOut = countPeople(current, next, evidence, strands, 'new')
  const skipping = force ? undefined : moves.find(({ from, to }) => skips(from, to))
  return {
    moves,
    warnings: warningsOf(current, next, moves, evidence, now),
    refusal:
      skipping === undefined
        ? refusalOfLogouts(moves, loggedOut, acceptLogouts, force)
        : { code: 'stages_skipped', ...skipping },
  }
}

/** How far back somebody counts as being there. */
const LATELY_MS = 30 * DAY_MS

function movesOf(current: PolicyContent | null, next: PolicyContent): readonly Move[] {
  const named = [current, next].flatMap((policy) => Object.keys(policy?.organizations ?? {}))
  const everybody = moveOf(current, next, null)
  const own = [...new Set(named)]
    .map((organization) => moveOf(current, next, organization))
    .filter(({ from, to }) => from !== everybody.from || to !== everybody.to)
  return [everybody, ...own].filter(({ from, to }) => from !== to)
}

function moveOf(current: PolicyContent | null, next: PolicyContent, organization: string | null): Move {
  return {
    organization,
    from: current === null ? null : stageOf(current, organization),
    to: stageOf(next, organization),
  }
}

/** @param organization Null: everybody without a stage of their own. */
export function stageOf({ stage, organizations = {} }: PolicyContent, organization: string | null): Stage {
  if (organization === null || !Object.hasOwn(organizations, organization)) return stage
  return organizations[organization]?.stage ?? stage
}

/** Without a policy both sides were accepted. `shadow` changes nothing for callers, so that leaving it out skips nothing. */
function skips(from: Stage | null, to: Stage): boolean {
  const passed = STAGES.slice(placeOfStage(from ?? 'dual') + 1, placeOfStage(to))
  return passed.some((stage) => stage !== 'shadow')
}

/** Whether sessions of the new side end. */
function strands({ from, to }: Move): boolean {
  return STAGE_RULES[from ?? 'dual'].new === 'accepted' && STAGE_RULES[to].new === 'idle'
}

/** Whether credentials of the old side end. */
function shutsOld({ from, to }: Move): boolean {
  return STAGE_RULES[from ?? 'dual'].old === 'accepted' && STAGE_RULES[to].old !== 'accepted'
}

/** Null: not known. */
function countPeople(
  current: PolicyContent | null,
  next: PolicyContent,
  evidence: MoveEvidence | null,
  affected: (move: Move) => boolean,
  side: 'old' | 'new',
): number | null {
  if (evidence === null) return null
  return evidence.people
    .filter(({ organization }) => affected(moveOf(current, next, organization)))
    .reduce((sum, people) => sum + people[side], 0)
}

function refusalOfLogouts(
  moves: readonly Move[],
  people: number | null,
  accepted: number,
  force: boolean,
): MoveRefusal | null {
  if (!moves.some(strands)) return null
  if (people !== null) return people > accepted ? { code: 'logouts_not_accepted', people, accepted } : null
  // A first policy cannot have been watched.
  return force || moves.every(({ from }) => from === null) ? null : { code: 'logouts_unknown' }
}

function warningsOf(
  current: PolicyContent | null,
  next: PolicyContent,
  moves: readonly Move[],
  evidence: MoveEvidence | null,
  now: number,
): readonly MoveWarning[] {
  const warnings: MoveWarning[] = []
  const isShut = moves.some(shutsOld)
  const old = countPeople(current, next, evidence, shutsOld, 'old') ?? 0
  const loggedOut = countPeople(current, next, evidence, strands, 'new') ?? 0
  if (old > 0) warnings.push({ code: 'old_side_in_use', people: old })
  if (loggedOut > 0) warnings.push({ code: 'logouts', people: loggedOut })
  if (isShut || moves.some(strands)) {
    if (evidence === null) warnings.push({ code: 'evidence_missing' })
    else if (now - evidence.since < LATELY_MS) warnings.push({ code: 'evidence_young', since: evidence.since })
  }
  const earliest = earliestLossFree(current?.cutOff ?? {})
  if (isShut && (earliest === null || now < earliest)) warnings.push({ code: 'not_loss_free', earliest })
  if (moves.some(({ from, to }) => from === 'retired' && to !== 'retired')) warnings.push({ code: 'keys_needed' })
  if (isRechosen(current, next)) warnings.push({ code: 'rollout_rechosen' })
  const until = next.cutOff?.acceptUntil
  if (until !== undefined && Date.parse(until) <= now) warnings.push({ code: 'acceptance_over' })
  return warnings
}

function isRechosen(current: PolicyContent | null, next: PolicyContent): boolean {
  const [before, after] = [current?.rollout, next.rollout]
  return before !== undefined && after !== undefined && (before.salt !== after.salt || before.unit !== after.unit)
}

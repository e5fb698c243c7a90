import { cutOffAt, OPEN, type CutOffAt } from '../cut-off.js'
import { STAGE_RULES } from '../stage.js'
import { moveOf, namedOrganizations, shutsOld, stageOf, strands, type Move, type PolicyContent } from './moves.js'
import { countPeople, type SeenPeople, type SeenPlace } from './seen-people.js'

/**
 * The people affected by a change of stage, or of the cut-off at the same stage. Each person counts once per change.
 */
export interface Affected extends Move {
  /** People seen on the old side within 30 days; null: there is no evidence. */
  readonly old: number | null
  /** The maximum number of people who would have to sign in again; null: there is no evidence. */
  readonly refused: number | null
  /** The number of organizations seen; null: there is no evidence. */
  readonly organizations: number | null
}

/** The change for everybody, or for one organization. */
export interface Change extends Move {
  /** Whether the cut-off may now refuse old-side credentials that were accepted before. */
  readonly cutsOff: boolean
}

/** What changes from now on, for each organization. */
export interface Changes {
  /** The general change, and those of organizations that differ from it. Changes without effect are left out. */
  readonly all: readonly Change[]
  /** The change that applies to an organization; it may have no effect. */
  readonly of: (organization: string | null) => Change
}

export function changesOf(current: PolicyContent | null, next: PolicyContent, now: number): Changes {
  const changeOf = (organization: string | null): Change => ({
    ...moveOf(current, next, organization),
    cutsOff: cutsOff(ruleOf(current, organization, now), ruleOf(next, organization, now), now),
  })
  const everybody = changeOf(null)
  const own = new Map(
    namedOrganizations(current, next)
      .map(changeOf)
      .filter(
        ({ from, to, cutsOff }) => from !== everybody.from || to !== everybody.to || cutsOff !== everybody.cutsOff,
      )
      .map((change) => [change.organization, change]),
  )
  return {
    all: [everybody, ...own.values()].filter((change) => change.from !== change.to || change.cutsOff),
    of: (organization) => own.get(organization) ?? everybody,
  }
}

/** Whether a person seen here may have to sign in again. */
function isRefused(change: Change, place: SeenPlace): boolean {
  return isLoggedOut(change, place) || (shutsOld(change) && place.needsOld)
}

/**
 * Like `isRefused`, but without the intended effect of a step forward. The operator must accept the number of these
 * people.
 */
export function isLoggedOut(change: Change, { needsOld, needsNew }: SeenPlace): boolean {
  return (strands(change) && needsNew) || (change.cutsOff && needsOld)
}

export function affectedBy(changes: Changes, seen: readonly SeenPeople[] | null): readonly Affected[] {
  return changes.all.map((change) => {
    const { organization, from, to } = change
    if (seen === null) return { organization, from, to, old: null, refused: null, organizations: null }
    const isHere = (place: SeenPlace): boolean => changes.of(place.organization).organization === organization
    const places = seen.flatMap((one) => one.places).filter(isHere)
    return {
      organization,
      from,
      to,
      old: countPeople(seen, (place) => isHere(place) && place.old),
      refused: countPeople(seen, (place) => isHere(place) && isRefused(change, place)),
      organizations: new Set(places.map((place) => place.organization).filter((id) => id !== null)).size,
    }
  })
}

/** Null: the stage refuses the old side. */
function ruleOf(policy: PolicyContent | null, organization: string | null, now: number): CutOffAt | null {
  if (policy === null) return OPEN
  const rule = STAGE_RULES[stageOf(policy, organization)]
  if (rule.old !== 'accepted') return null
  return policy.cutOff === undefined || rule.new === 'idle' ? OPEN : cutOffAt(policy.cutOff, now)
}

/** Times of issue are not stored, so it is true if any time of issue is accepted before and refused after. */
function cutsOff(before: CutOffAt | null, after: CutOffAt | null, now: number): boolean {
  if (before === null || after === null || before.isOver) return false
  return (
    after.isOver ||
    after.tooOldUntil > before.tooOldUntil ||
    (after.tooNewFrom < before.tooNewFrom && after.tooNewFrom <= now) ||
    (after.refusesUndated && !before.refusesUndated)
  )
}

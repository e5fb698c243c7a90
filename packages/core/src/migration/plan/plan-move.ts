import { affectedBy, changesOf, isLoggedOut, type Affected } from './affected.js'
import { movesOf, skips, strands, type Move, type PolicyContent } from './moves.js'
import { warningsOf, type Judged, type MoveWarning } from './move-warnings.js'
import { countPeople, type MoveEvidence } from './seen-people.js'

/** Why it is not done. */
export type MoveRefusal =
  /** Forward goes one stage at a time. `force` does it nevertheless. */
  | ({ readonly code: 'stages_skipped' } & Move)
  /** Up to `people` have to sign in again, and `acceptLogouts` accepts fewer. */
  | { readonly code: 'logouts_not_accepted'; readonly people: number; readonly accepted: number }
  /** How many would have to sign in again is not known. `force` does it nevertheless. */
  | { readonly code: 'logouts_unknown' }

/** What a change of policy would do, what is worth knowing before, and why it is not done. */
export interface MovePlan {
  readonly moves: readonly Move[]
  readonly affected: readonly Affected[]
  /** How many different people were seen, on either side, where something changes; null: nothing was watched. */
  readonly people: number | null
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
 * far as you like. Where people have to sign in again because the new side is no longer accepted, or because a cut-off refuses
 * at once what was accepted, it needs a number of people accepted. Each person counts once, in however many organizations.
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
  consent: MoveConsent = {},
): MovePlan {
  const moves = movesOf(current, next)
  const changes = changesOf(current, next, now)
  const judged: Judged = { current, next, moves, changes, evidence, now }
  const isChanged = (organization: string | null): boolean => changes.all.includes(changes.of(organization))
  return {
    moves,
    affected: affectedBy(changes, evidence?.seen ?? null),
    people:
      evidence === null
        ? null
        : countPeople(
            evidence.seen,
            (place) => isChanged(place.organization) && (place.old || place.new || place.needsOld || place.needsNew),
          ),
    warnings: warningsOf(judged),
    refusal: refusalOf(judged, consent),
  }
}

function refusalOf(
  { current, moves, changes, evidence }: Judged,
  { acceptLogouts = 0, force = false }: MoveConsent,
): MoveRefusal | null {
  const skipping = force ? undefined : moves.find(skips)
  if (skipping !== undefined) return { code: 'stages_skipped', ...skipping }
  if (!changes.all.some((change) => strands(change) || change.cutsOff)) return null
  if (evidence !== null) {
    const people = countPeople(evidence.seen, (place) => isLoggedOut(changes.of(place.organization), place))
    return people > acceptLogouts ? { code: 'logouts_not_accepted', people, accepted: acceptLogouts } : null
  }
  // A first policy cannot have been watched.
  return force || current === null ? null : { code: 'logouts_unknown' }
}

import { affectedBy, changesOf, isLoggedOut, type Affected } from './affected.js'
import { movesOf, skips, strands, type Move, type PolicyContent } from './moves.js'
import { warningsOf, type Judged, type MoveWarning } from './move-warnings.js'
import { countPeople, type MoveEvidence } from './seen-people.js'

/** Why a change of policy is refused. */
export type MoveRefusal =
  /** Forward moves go one stage at a time. `force` overrides this. */
  | ({ readonly code: 'stages_skipped' } & Move)
  /** Up to `people` must sign in again, but `acceptLogouts` is lower. */
  | { readonly code: 'logouts_not_accepted'; readonly people: number; readonly accepted: number }
  /** The number of people who would have to sign in again is unknown. `force` overrides this. */
  | { readonly code: 'logouts_unknown' }

/** The effects of a change of policy, its warnings, and the reason for a refusal. */
export interface MovePlan {
  readonly moves: readonly Move[]
  readonly affected: readonly Affected[]
  /** The number of different people seen, on either side, where something changes. Null: there is no evidence. */
  readonly people: number | null
  readonly warnings: readonly MoveWarning[]
  /** Null: it is allowed. */
  readonly refusal: MoveRefusal | null
}

/** What the operator accepts when changing a policy. */
export interface MoveConsent {
  /** The maximum number of people who may have to sign in again. Default 0. */
  readonly acceptLogouts?: number
  /** True also allows skipped stages and changes whose effect is unknown. Default false. */
  readonly force?: boolean
}

/**
 * Plans a change of policy: its effects, and whether it is allowed. Forward moves go one stage at a time (`shadow` may
 * be skipped); backward moves may go any distance. If people must sign in again because the new side is no longer
 * accepted, or because a cut-off immediately refuses what was accepted, the number of people must be accepted. Each
 * person counts once, whatever the number of organizations.
 *
 * @param current Null: no policy was ever written.
 * @param evidence Null if there is none. Missing data never counts as zero people.
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

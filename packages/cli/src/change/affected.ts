import type { Move, PolicyContent, SeenPeople } from '@dualauth/core'
import { stageOf } from './current.js'

/** Whom one move of a stage affects, by evidence. */
export interface Affected extends Move {
  /** People seen on the old side within 30 days; null: nothing was watched. */
  readonly old: number | null
  /** People seen on the new side, and not on the old side since; null: nothing was watched. */
  readonly new: number | null
  /** How many organizations were seen; null: nothing was watched. */
  readonly organizations: number | null
}

/** Everybody's move is that of each organization without another one of its own. */
export function affectedBy(
  moves: readonly Move[],
  before: PolicyContent | null,
  after: PolicyContent,
  seen: readonly SeenPeople[] | null,
): readonly Affected[] {
  return moves.map((move) => {
    if (seen === null) return { ...move, old: null, new: null, organizations: null }
    const people = seen.filter(({ organization }) =>
      move.organization === null
        ? isMoved(move, before, after, organization) &&
          !moves.some((own) => own.organization === organization && own !== move)
        : organization === move.organization,
    )
    return {
      ...move,
      old: people.reduce((sum, { old }) => sum + old, 0),
      new: people.reduce((sum, one) => sum + one.new, 0),
      organizations: people.filter(({ organization }) => organization !== null).length,
    }
  })
}

function isMoved(move: Move, before: PolicyContent | null, after: PolicyContent, organization: string | null): boolean {
  const from = before === null ? null : stageOf(before, organization)
  return from === move.from && stageOf(after, organization) === move.to
}

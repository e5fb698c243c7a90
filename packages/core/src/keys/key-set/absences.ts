import { LRUCache } from 'lru-cache'
import { hasPassed } from '../../outbound/has-passed.js'

/** Such a kid is judged again after this time at the latest. */
const LIFETIME_MS = 10_000
const MAX_KIDS = 64

/**
 * Kids that were asked for and that the answer to a fetch since then did not hold. Only those are
 * known to be absent; any other may be of a key that is younger than the last fetch.
 */
export interface Absences {
  has(kid: string | null): boolean
  add(kid: string | null): void
}

export function createAbsences(now: () => number): Absences {
  // The oldest goes: junk costs a kid its certain answer for a moment, and nothing else.
  const addedAt = new LRUCache<string, number>({ max: MAX_KIDS })
  return {
    has(kid) {
      const at = addedAt.peek(keyOf(kid))
      return at !== undefined && !hasPassed(now(), at, LIFETIME_MS)
    },
    add: (kid) => void addedAt.set(keyOf(kid), now()),
  }
}

function keyOf(kid: string | null): string {
  return kid === null ? 'none' : `kid ${kid}`
}

import { LRUCache } from 'lru-cache'
import { hasPassed } from '../../outbound/has-passed.js'

/** A kid is checked again after this time at the latest. */
const LIFETIME_MS = 10_000
const MAX_KIDS = 64

/**
 * Kids that were requested and that a later fetch did not contain. Only these are known to be absent; any other may
 * belong to a key newer than the last fetch.
 */
export interface Absences {
  has(kid: string | null): boolean
  add(kid: string | null): void
}

export function createAbsences(now: () => number): Absences {
  // The oldest is dropped: junk only makes the answer for a kid uncertain for a moment.
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

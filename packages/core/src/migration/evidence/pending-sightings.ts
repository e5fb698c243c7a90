import { hasPassed } from '../../outbound/has-passed.js'
import { DAY_MS, dayOf, HOUR_MS } from './day.js'
import { sumOf, type Sighting } from './evidence.js'
import { createSightingEntries, type Entry, type Seen } from './sighting-entries.js'

/**
 * Sightings waiting to be written. A person's first sighting on a side is due at once. Later ones are due together
 * after an hour, or when a credential is seen that expires much later than those already written.
 */
export interface PendingSightings {
  /** @param at Milliseconds since the epoch. */
  add(seen: Seen, at: number): void
  /** How many are waiting, whether due or not. */
  readonly waiting: number
  /**
   * Takes out the due sightings, longest waiting first; with `isLast`, also those not due.
   * @param most Maximum number.
   */
  take(at: number, isLast: boolean, most?: number): readonly Sighting[]
  /** Puts back sightings that could not be written. */
  putBack(sightings: readonly Sighting[], at: number): void
  /** Number of sightings dropped for lack of room. */
  readonly lost: number
}

const MINUTE_MS = 60_000

/** @param max How many combinations are kept, even while the store is down. */
export function createPendingSightings(migration: string, max: number): PendingSightings {
  const entries = createSightingEntries()
  const waiting = new Set<Entry>()
  let lost = 0
  let sweptAt = Number.NEGATIVE_INFINITY
  let today = dayAt(0)

  function open(seen: Seen, at: number, day: string): Entry | null {
    // At most once a minute, because it looks at all entries.
    if (entries.size >= max && hasPassed(at, sweptAt, MINUTE_MS)) forgetWritten(at, 0)
    if (entries.size >= max) {
      lost++
      return null
    }
    // Member by member, because an object made by a spread is ten times slower to read.
    const entry: Entry = {
      migration,
      side: seen.side,
      outcome: seen.outcome,
      user: seen.user,
      organization: seen.organization,
      client: seen.client,
      verifier: seen.verifier,
      day,
      firstAt: at,
      lastAt: at,
      uses: 0,
      expiresAt: null,
      isWaiting: false,
      takenAt: Number.NEGATIVE_INFINITY,
      takenEnd: 0,
      next: null,
    }
    entries.insert(entry)
    return entry
  }

  /** Entries written over an hour ago would be due at once anyway. If there is no room, newer ones are dropped, too. */
  function forgetWritten(at: number, keptMs: number): void {
    sweptAt = at
    entries.sweep(({ isWaiting, takenAt }) => isWaiting || at - takenAt < keptMs)
  }

  function wait(entry: Entry): void {
    entry.isWaiting = true
    waiting.add(entry)
  }

  return {
    get lost() {
      return lost
    },
    get waiting() {
      return waiting.size
    },
    add(seen, at) {
      if (at < today.from || at >= today.to) {
        today = dayAt(at)
        forgetWritten(at, HOUR_MS)
      }
      const entry = entries.find(seen, today.day) ?? open(seen, at, today.day)
      if (entry === null) return
      if (!entry.isWaiting) {
        entry.firstAt = at
        entry.lastAt = at
        entry.uses = 0
        entry.expiresAt = null
        wait(entry)
      }
      entry.uses++
      // The clock may have been set back.
      if (at > entry.lastAt) entry.lastAt = at
      else if (at < entry.firstAt) entry.firstAt = at
      if (seen.expiresAt !== null && seen.expiresAt > (entry.expiresAt ?? 0)) entry.expiresAt = seen.expiresAt
    },
    take(at, isLast, most = Number.POSITIVE_INFINITY) {
      const taken: Sighting[] = []
      for (const entry of waiting) {
        if (taken.length >= most) break
        if (!isLast && !isDue(entry, at)) continue
        waiting.delete(entry)
        entry.isWaiting = false
        entry.takenAt = at
        entry.takenEnd = Math.max(entry.takenEnd, entry.expiresAt ?? 0)
        taken.push(sightingOf(entry))
      }
      if (taken.length > 0) sweptAt = Number.NEGATIVE_INFINITY
      return taken
    },
    putBack(sightings, at) {
      for (const sighting of sightings) {
        const entry = entries.find(sighting, sighting.day) ?? open(sighting, at, sighting.day)
        if (entry === null) continue
        Object.assign(entry, entry.isWaiting ? sumOf(sightingOf(entry), sighting) : sighting)
        entry.takenAt = Number.NEGATIVE_INFINITY
        wait(entry)
      }
    },
  }
}

/**
 * Due if it was written over an hour ago, or if its expiry is now more than an hour later. Smaller differences are
 * normal for short-lived tokens.
 */
function isDue({ takenAt, takenEnd, expiresAt }: Entry, at: number): boolean {
  return hasPassed(at, takenAt, HOUR_MS) || (expiresAt ?? 0) > takenEnd + HOUR_MS
}

function sightingOf(entry: Entry): Sighting {
  const { migration, side, outcome, user, organization, client, verifier, day, firstAt, lastAt, uses, expiresAt } =
    entry
  return { migration, side, outcome, user, organization, client, verifier, day, firstAt, lastAt, uses, expiresAt }
}

function dayAt(at: number): { readonly day: string; readonly from: number; readonly to: number } {
  const day = dayOf(at)
  const from = Date.parse(`${day}T00:00:00Z`)
  return { day, from, to: from + DAY_MS }
}

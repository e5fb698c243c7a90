import { hasPassed } from '../../outbound/has-passed.js'
import { DAY_MS, dayOf, HOUR_MS } from './day.js'
import { sumOf, type Sighting } from './evidence.js'
import { createSightingEntries, type Entry, type Seen } from './sighting-entries.js'

/**
 * Sightings that wait to be written: a person's first on a side at once, the others of that hour together at its end, or when a
 * credential is seen that lives on for longer than those that are written.
 */
export interface PendingSightings {
  /** @param at Milliseconds since the epoch. */
  add(seen: Seen, at: number): void
  /** How many wait, to be written now or later. */
  readonly waiting: number
  /** Takes out what is to be written now, what waits the longest first; also what is not due where `isLast`. @param most So many at most. */
  take(at: number, isLast: boolean, most?: number): readonly Sighting[]
  /** What could not be written waits again. */
  putBack(sightings: readonly Sighting[], at: number): void
  /** Sightings that there was no room for. */
  readonly lost: number
}

const MINUTE_MS = 60_000

/** @param max People and combinations that are kept, also while the store is down. */
export function createPendingSightings(migration: string, max: number): PendingSightings {
  const entries = createSightingEntries()
  const waiting = new Set<Entry>()
  let lost = 0
  let sweptAt = Number.NEGATIVE_INFINITY
  let today = dayAt(0)

  function open(seen: Seen, at: number, day: string): Entry | null {
    // At most once a minute while nothing is written: it looks at all of them.
    if (entries.size >= max && hasPassed(at, sweptAt, MINUTE_MS)) forgetWritten(at, 0)
    if (entries.size >= max) {
      lost++
      return null
    }
    // Member by member: what a spread makes is read ten times slower.
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

  /** Who was written longer than an hour ago would be written at once anyway; without room, others are as well. */
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
      // Clocks are set back.
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

/** Written longer than an hour ago, or with an end that comes an hour sooner: within that, ends of short-lived tokens move on. */
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

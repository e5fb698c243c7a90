import { hasPassed } from '../../outbound/has-passed.js'
import { DAY_MS, dayOf, HOUR_MS } from './day.js'
import { sumOf, type Sighting } from './evidence.js'

/** What of a sighting the path of a request knows. */
export type Seen = Omit<Sighting, 'migration' | 'day' | 'firstAt' | 'lastAt' | 'uses'>

/**
 * Sightings that wait to be written: a person's first on a side at once, the others of that hour together at its end, or when a
 * credential is seen that lives on for longer than those that are written.
 */
export interface PendingSightings {
  /** @param at Milliseconds since the epoch. */
  add(seen: Seen, at: number): void
  /** Takes out what is to be written now; all of it where `isLast`. */
  take(at: number, isLast: boolean): readonly Sighting[]
  /** What could not be written waits again. */
  putBack(sightings: readonly Sighting[], at: number): void
  /** Sightings that there was no room for. */
  readonly lost: number
}

const MINUTE_MS = 60_000

/** One combination of a person that was seen within the hour, with what is not written yet; flat, since each request looks at one. */
interface Entry extends Writable<Sighting> {
  /** Whether there is something to write. */
  isWaiting: boolean
  /** When it was taken to be written last; milliseconds since the epoch. */
  takenAt: number
  /** The latest end that was taken to be written; 0 for none. */
  takenEnd: number
  /** The next one of the same person. */
  next: Entry | null
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] }

/** @param max People and combinations that are kept, also while the store is down. */
export function createPendingSightings(migration: string, max: number): PendingSightings {
  // By the person: an id that is remembered costs no new hash, as a key made of everything would on each request.
  const people = new Map<string | null, Entry>()
  const waiting = new Set<Entry>()
  let size = 0
  let lost = 0
  let sweptAt = Number.NEGATIVE_INFINITY
  let today = dayAt(0)

  function open(seen: Seen, at: number, day: string): Entry | null {
    // At most once a minute while nothing is written: it looks at all of them.
    if (size >= max && hasPassed(at, sweptAt, MINUTE_MS)) forgetWritten(at, 0)
    if (size >= max) {
      lost++
      return null
    }
    const next = people.get(seen.user) ?? null
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
      next,
    }
    people.set(seen.user, entry)
    size++
    return entry
  }

  /** Who was written longer than an hour ago would be written at once anyway; without room, others are as well. */
  function forgetWritten(at: number, keptMs: number): void {
    sweptAt = at
    for (const [user, first] of people) {
      let kept: Entry | null = null
      for (let entry: Entry | null = first; entry !== null;) {
        const { next }: Entry = entry
        if (entry.isWaiting || at - entry.takenAt < keptMs) {
          entry.next = kept
          kept = entry
        } else size--
        entry = next
      }
      if (kept === null) people.delete(user)
      else people.set(user, kept)
    }
  }

  function wait(entry: Entry): void {
    entry.isWaiting = true
    waiting.add(entry)
  }

  return {
    get lost() {
      return lost
    },
    add(seen, at) {
      if (at < today.from || at >= today.to) {
        today = dayAt(at)
        forgetWritten(at, HOUR_MS)
      }
      const entry = findEntry(people.get(seen.user), seen, today.day) ?? open(seen, at, today.day)
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
    take(at, isLast) {
      const taken: Sighting[] = []
      for (const entry of waiting) {
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
        const entry = findEntry(people.get(sighting.user), sighting, sighting.day) ?? open(sighting, at, sighting.day)
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

function findEntry(first: Entry | undefined, seen: Seen, day: string): Entry | null {
  for (let entry = first ?? null; entry !== null; entry = entry.next)
    if (
      entry.day === day &&
      entry.side === seen.side &&
      entry.outcome === seen.outcome &&
      entry.client === seen.client &&
      entry.verifier === seen.verifier &&
      entry.organization === seen.organization
    )
      return entry
  return null
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

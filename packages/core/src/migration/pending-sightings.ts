import { boundedCache } from '../cache/bounded-cache.js'
import { keyOfSighting, sumOf, type Sighting } from './evidence.js'

/** What of a sighting the path of a request knows. */
export type Seen = Omit<Sighting, 'migration' | 'day' | 'firstAt' | 'lastAt' | 'uses'>

/** Sightings that wait to be written: a person's first on a side at once, the others of that hour together at its end. */
export interface PendingSightings {
  /** @param at Milliseconds since the epoch. */
  add(seen: Seen, at: number): void
  /** Takes out what is to be written now; all of it where `isLast`. */
  take(at: number, isLast: boolean): readonly Sighting[]
  /** What could not be written waits again. */
  putBack(sightings: readonly Sighting[]): void
  /** What was taken was written. */
  written(sightings: readonly Sighting[], at: number): void
  /** Sightings that there was no room for. */
  readonly lost: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of whom it is known that they were written within the hour; whoever is forgotten is written once more than needed. */
const MAX_WRITTEN = 200_000

type Waiting = { -readonly [Member in keyof Sighting]: Sighting[Member] }

/** @param max Sightings that wait for a store that is down. */
export function createPendingSightings(migration: string, max: number): PendingSightings {
  const due = new Map<string, Waiting>()
  const later = new Map<string, Waiting>()
  const writtenAt = boundedCache<number>(MAX_WRITTEN)
  let lost = 0
  let today = dayAt(0)

  function put(into: Map<string, Waiting>, key: string, sighting: Sighting): void {
    const known = into.get(key)
    if (known === undefined && into.size >= max) lost++
    else into.set(key, known === undefined ? { ...sighting } : sumOf(known, sighting))
  }

  return {
    get lost() {
      return lost
    },
    add(seen, at) {
      if (at < today.from || at >= today.to) today = dayAt(at)
      const { day } = today
      const key = keyOfSighting({ ...seen, day })
      const waiting = due.get(key) ?? later.get(key)
      if (waiting !== undefined) return addUse(waiting, seen.expiresAt, at)
      const last = writtenAt.get(key)
      const isDue = last === undefined || at - last >= HOUR_MS || later.size >= max
      put(isDue ? due : later, key, { ...seen, migration, day, firstAt: at, lastAt: at, uses: 1 })
    },
    take(at, isLast) {
      for (const [key, sighting] of later) {
        const last = writtenAt.get(key)
        if (!isLast && last !== undefined && at - last < HOUR_MS) continue
        later.delete(key)
        put(due, key, sighting)
      }
      const taken = [...due.values()]
      due.clear()
      return taken
    },
    putBack(sightings) {
      for (const sighting of sightings) put(due, keyOfSighting(sighting), sighting)
    },
    written(sightings, at) {
      for (const sighting of sightings) writtenAt.set(keyOfSighting(sighting), at)
    },
  }
}

/** Grows in place: most requests are of somebody who waits to be written already. */
function addUse(waiting: Waiting, expiresAt: number | null, at: number): void {
  waiting.uses++
  waiting.lastAt = Math.max(waiting.lastAt, at)
  waiting.firstAt = Math.min(waiting.firstAt, at)
  if (expiresAt !== null && expiresAt > (waiting.expiresAt ?? 0)) waiting.expiresAt = expiresAt
}

/** In UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

function dayAt(at: number): { readonly day: string; readonly from: number; readonly to: number } {
  const day = dayOf(at)
  const from = Date.parse(`${day}T00:00:00Z`)
  return { day, from, to: from + DAY_MS }
}

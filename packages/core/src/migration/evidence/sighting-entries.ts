import type { Sighting } from './evidence.js'

/** The part of a sighting that is known in the request path. */
export type Seen = Omit<Sighting, 'migration' | 'day' | 'firstAt' | 'lastAt' | 'uses'>

/**
 * One combination for a person seen within the hour, with what is not written yet. Flat, because each request looks at
 * one.
 */
export interface Entry extends Writable<Sighting> {
  /** Whether there is something to write. */
  isWaiting: boolean
  /** When it was last taken to be written; milliseconds since the epoch. */
  takenAt: number
  /** The latest expiry taken to be written; 0 if none. */
  takenEnd: number
  /** The same person's next entry. */
  next: Entry | null
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] }

/** The entries of all people. */
export interface SightingEntries {
  readonly size: number
  find(seen: Seen, day: string): Entry | null
  /** Adds an entry that does not exist yet. */
  insert(entry: Entry): void
  /** Drops the entries that `isKept` rejects. */
  sweep(isKept: (entry: Entry) => boolean): void
}

/** A person usually has one to three. */
const LISTED = 8

/**
 * Indexed by person, because a remembered id needs no new hash, while a combined key would on each request. A person's
 * first entries form a list. Further ones also have keys, because a service account may act for thousands of
 * organizations, and its requests must not search them all.
 */
export function createSightingEntries(): SightingEntries {
  const people = new Map<string | null, Entry>()
  const beyond = new Map<string, Entry>()
  let size = 0
  return {
    get size() {
      return size
    },
    find(seen, day) {
      let entry = people.get(seen.user) ?? null
      for (let place = 0; entry !== null && place < LISTED; place++) {
        if (isOf(entry, seen, day)) return entry
        entry = entry.next
      }
      return entry === null ? null : (beyond.get(keyOf(seen, day)) ?? null)
    },
    insert(entry) {
      const first = people.get(entry.user) ?? null
      const last = lastListed(first)
      if (last === null) {
        entry.next = first
        people.set(entry.user, entry)
      } else {
        entry.next = last.next
        last.next = entry
        beyond.set(keyOf(entry, entry.day), entry)
      }
      size++
    },
    sweep(isKept) {
      beyond.clear()
      for (const [user, first] of people) {
        let kept = 0
        let last: Entry | null = null
        for (let entry: Entry | null = first; entry !== null;) {
          const { next }: Entry = entry
          entry.next = null
          if (!isKept(entry)) size--
          else {
            if (last === null) people.set(user, entry)
            else last.next = entry
            last = entry
            if (++kept > LISTED) beyond.set(keyOf(entry, entry.day), entry)
          }
          entry = next
        }
        if (last === null) people.delete(user)
      }
    },
  }
}

/** The last entry that is found without a key; null if there is room for another. */
function lastListed(first: Entry | null): Entry | null {
  let entry = first
  for (let place = 1; entry !== null && place < LISTED; place++) entry = entry.next
  return entry
}

function isOf(entry: Entry, seen: Seen, day: string): boolean {
  return (
    entry.day === day &&
    entry.side === seen.side &&
    entry.outcome === seen.outcome &&
    entry.client === seen.client &&
    entry.verifier === seen.verifier &&
    entry.organization === seen.organization
  )
}

function keyOf({ user, side, outcome, client, verifier, organization }: Seen, day: string): string {
  return JSON.stringify([day, side, outcome, client, verifier, organization, user])
}

import type { Sighting } from './evidence.js'

/** What of a sighting the path of a request knows. */
export type Seen = Omit<Sighting, 'migration' | 'day' | 'firstAt' | 'lastAt' | 'uses'>

/** One combination of a person that was seen within the hour, with what is not written yet; flat, since each request looks at one. */
export interface Entry extends Writable<Sighting> {
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

/** The entries of all people. */
export interface SightingEntries {
  readonly size: number
  find(seen: Seen, day: string): Entry | null
  /** One that is not there yet. */
  insert(entry: Entry): void
  /** Drops what is not to be kept. */
  sweep(isKept: (entry: Entry) => boolean): void
}

/** A person has one to three as a rule. */
const LISTED = 8

/**
 * By the person, because an id that is remembered costs no new hash, as a key made of everything would on each request. Few
 * entries of one person are a list. Those beyond have keys as well: a service account that acts for thousands of organizations
 * would else be looked for among all of them on each of its requests.
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

/** The last one that is found without a key; null if there is room for another. */
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

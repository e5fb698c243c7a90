import { memoryStore } from './shared-store.js'

/** Which session was refreshed from which, in this process and for as long as answers are kept; by their keys. */
export interface Lineage {
  /** Whether the app ended it. */
  isEnded(key: string): boolean
  /** Ends it, and those that it was refreshed from: their holders are the same browser. @returns all of them. */
  endSession(key: string): readonly string[]
  /** What its holders get: what it was refreshed to last, else `sealed`. */
  newestOf(key: string, sealed: string): string
  /** Null: nothing newer than its own answer is known any more. */
  lead(key: string, newer: string | null): void
  /** The first predecessor counts: what leads there in several steps leads there through it. */
  follows(key: string, predecessor: string): void
}

export function createLineage(now: () => number, keepMs: number): Lineage {
  const ended = memoryStore(now)
  const newest = memoryStore(now)
  const predecessors = memoryStore(now)
  return {
    isEnded: (key) => ended.get(key) !== null,
    endSession(key) {
      const all = new Set<string>()
      for (let one: string | null = key; one !== null && !all.has(one); one = predecessors.get(one)) all.add(one)
      for (const one of all) ended.set(one, '', keepMs)
      return [...all]
    },
    newestOf: (key, sealed) => newest.get(key) ?? sealed,
    lead: (key, newer) => void (newer === null ? newest.delete(key) : newest.set(key, newer, keepMs)),
    follows: (key, predecessor) => void predecessors.add(key, predecessor, keepMs),
  }
}

import { memoryStore } from './shared-store.js'

/** Which session was refreshed from which, by key, in this process and while answers are kept. */
export interface Lineage {
  /** Whether the app ended it. */
  isEnded(key: string): boolean
  /**
   * Ends it and those from which it was refreshed: they belong to the same browser.
   *
   * @returns all of them.
   */
  endSession(key: string): readonly string[]
  /** The newest session refreshed from it; otherwise `sealed`. */
  newestOf(key: string, sealed: string): string
  /** Sets the newest session. Null: its own answer is now the newest. */
  lead(key: string, newer: string | null): void
  /** Records a predecessor. Only the first one counts: longer ways pass through it. */
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

import { LRUCache } from 'lru-cache'
import type { CacheKey } from './cache-key.js'

/** How many recently dropped entries are kept: each may be under verification elsewhere at the same time. */
const MAX_FORGOTTEN = 1_000

/** An entry dropped while its credential is being verified is not written back when that finishes. */
export interface Forgotten {
  /** Increases with each dropped entry; a verification reads it when it begins. */
  readonly era: number
  forget(index: CacheKey['index']): void
  /** Whether it was dropped after that era; true if that is no longer known. */
  since(index: CacheKey['index'], era: number): boolean
}

/** Bounded: very many refusals only prevent a few credentials from being remembered. */
export function createForgotten(): Forgotten {
  let era = 0
  let floor = 0
  const eras = new LRUCache<CacheKey['index'], number>({
    max: MAX_FORGOTTEN,
    dispose(at, _index, reason) {
      if (reason === 'evict') floor = at
    },
  })
  return {
    get era() {
      return era
    },
    forget: (index) => void eras.set(index, ++era),
    since: (index, began) => began < floor || (eras.peek(index) ?? 0) > began,
  }
}

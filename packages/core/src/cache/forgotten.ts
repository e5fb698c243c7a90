import { LRUCache } from 'lru-cache'
import type { CacheKey } from './cache-key.js'

/** Of the entries that a fresh look dropped last, each may be under judgement elsewhere at the same time. */
const MAX_FORGOTTEN = 1_000

/** An entry dropped while its credential is being verified is not written back when that finishes. */
export interface Forgotten {
  /** Grows with each entry that is forgotten; a verification notes it when it begins. */
  readonly era: number
  forget(index: CacheKey['index']): void
  /** Whether it was forgotten after that era; true if that is no longer known. */
  since(index: CacheKey['index'], era: number): boolean
}

/** Bounded: refusals in great numbers may keep a few credentials from being remembered, and do nothing else. */
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

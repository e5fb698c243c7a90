import type { CacheKey } from './cache-key.js'
import { fingerprint } from './fingerprint.js'

/** Remembers that something was seen, in four bytes. It may forget, and in rare cases mistake one entry for another. */
export interface Doorkeeper {
  /** Whether this was seen recently; also records it. */
  knows(index: CacheKey['index']): boolean
}

/**
 * Prevents credentials that come only once, such as a scan of a hundred thousand tokens, from evicting those in regular
 * use. A mistake only admits an entry too early.
 */
export function createDoorkeeper(entries: number): Doorkeeper {
  const size = 2 ** Math.ceil(Math.log2(Math.max(entries, 64)))
  const seen = new Uint32Array(size)
  return {
    knows(index) {
      // Never 0, which marks an empty slot.
      const mark = (typeof index === 'number' ? index : fingerprint(index)) || 1
      const slot = mark & (size - 1)
      if (seen[slot] === mark) return true
      seen[slot] = mark
      return false
    },
  }
}

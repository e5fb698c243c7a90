import type { CacheKey } from './cache-key.js'
import { fingerprint } from './fingerprint.js'

/** Remembers that something was seen, in four bytes; may forget, and may rarely mistake one for another. */
export interface Doorkeeper {
  /** Whether this was here before, lately; takes note of it. */
  knows(index: CacheKey['index']): boolean
}

/**
 * Keeps what comes once, such as a scan of a hundred thousand tokens, from pushing out what comes
 * again and again. A mistake admits an entry too early, nothing else.
 */
export function createDoorkeeper(entries: number): Doorkeeper {
  const size = 2 ** Math.ceil(Math.log2(Math.max(entries, 64)))
  const seen = new Uint32Array(size)
  return {
    knows(index) {
      // Never 0, which is an empty slot.
      const mark = (typeof index === 'number' ? index : fingerprint(index)) || 1
      const slot = mark & (size - 1)
      if (seen[slot] === mark) return true
      seen[slot] = mark
      return false
    },
  }
}

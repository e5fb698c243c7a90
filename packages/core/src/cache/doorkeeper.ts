/** Remembers that something was seen, in four bytes; may forget, and may rarely mistake one for another. */
export interface Doorkeeper {
  /** Whether this was here before, lately; takes note of it. */
  knows(index: string): boolean
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
      const mark = fingerprint(index)
      const slot = mark & (size - 1)
      if (seen[slot] === mark) return true
      seen[slot] = mark
      return false
    },
  }
}

/** FNV-1a of the last characters: they are part of a signature or of a hash. Never 0, which is an empty slot. */
function fingerprint(index: string): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, index.length - 16); i < index.length; i++) {
    hash = Math.imul(hash ^ index.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0 || 1
}

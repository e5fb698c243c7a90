import type { Begun } from './mint.js'

/** Recently delivered sessions. */
export interface Lately {
  add(begun: Begun): void
  /** The sessions that are now revoked; each is returned once. */
  takeRevoked(): readonly Begun[]
}

/** How long a revocation may be on its way from another instance, in milliseconds. */
const ON_ITS_WAY_MS = 60_000
const MAX_LATELY = 10_000

export function createLately(now: () => number): Lately {
  // In order of delivery.
  const all = new Map<Begun, number>()
  return {
    add(begun) {
      for (const [one, at] of all) {
        if (at + ON_ITS_WAY_MS > now() && all.size < MAX_LATELY) break
        all.delete(one)
      }
      all.set(begun, now())
    },
    takeRevoked() {
      const revoked = [...all.keys()].filter((begun) => begun.isRevoked())
      for (const begun of revoked) all.delete(begun)
      return revoked
    },
  }
}

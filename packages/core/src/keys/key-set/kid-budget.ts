/** So many unknown kids may be asked for at once, such as after a start; from then on one a second. */
const BURST = 10
const INTERVAL_MS = 1_000

/** How often a `kid` that is not known yet may cause a fetch, where each has an address of its own. */
export interface KidBudget {
  take(): boolean
  /** How long until the next, in milliseconds. */
  pauseMs(): number
}

export function createKidBudget(now: () => number): KidBudget {
  let left = BURST
  let countedAt = now()
  const count = (): void => {
    const at = now()
    // A clock that was set back gives nothing, and takes nothing away.
    left = Math.min(BURST, left + Math.max(0, at - countedAt) / INTERVAL_MS)
    countedAt = at
  }
  return {
    take() {
      count()
      if (left < 1) return false
      left--
      return true
    },
    pauseMs() {
      count()
      return Math.max(0, Math.ceil((1 - left) * INTERVAL_MS))
    },
  }
}

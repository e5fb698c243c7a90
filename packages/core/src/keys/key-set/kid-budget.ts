/** How many unknown kids may be requested at once, such as after a start; from then on one a second. */
const BURST = 10
const INTERVAL_MS = 1_000

/** How often an unknown `kid` may cause a fetch, if each has its own address. */
export interface KidBudget {
  take(): boolean
  /** Time until the next one is allowed, in milliseconds. */
  pauseMs(): number
}

export function createKidBudget(now: () => number): KidBudget {
  let left = BURST
  let countedAt = now()
  const count = (): void => {
    const at = now()
    // If the clock is set back, nothing is added or removed.
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

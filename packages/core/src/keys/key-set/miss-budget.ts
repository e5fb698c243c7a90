import { hasPassed } from '../../outbound/has-passed.js'
import { pauseAfter, type BackOffRules } from '../../outbound/back-off.js'

const INTERVALS: BackOffRules = { firstMs: 1_000, longestMs: 8_000 }
/** So many fetches for nothing may be a rotation that is not everywhere yet; more are junk. */
const PATIENT_FETCHES = 2
/** Without an unknown `kid` for so long, the next is a surprise again. */
const QUIET_MS = 10_000

/**
 * How often a `kid` that the set does not hold may ask the issuer: at most once a second, and under
 * a flood of junk once in eight. One interval for all of them: junk can exhaust nothing, because
 * every fetch that it causes also brings the genuine new key.
 */
export interface MissBudget {
  /** Whether to fetch now, given when a fetch was started last. */
  take(lastStartedAt: number): boolean
  /** How long until then, in milliseconds. */
  pauseMs(lastStartedAt: number): number
  /** A new key was found. */
  reset(): void
}

export function createMissBudget(now: () => number): MissBudget {
  let fruitless = 0
  let missedAt = 0
  const intervalMs = () => pauseAfter(Math.max(0, fruitless - PATIENT_FETCHES), INTERVALS)
  return {
    take(lastStartedAt) {
      const at = now()
      if (hasPassed(at, missedAt, QUIET_MS)) fruitless = 0
      missedAt = at
      if (!hasPassed(at, lastStartedAt, intervalMs())) return false
      fruitless++
      return true
    },
    pauseMs: (lastStartedAt) => Math.max(0, lastStartedAt + intervalMs() - now()),
    reset() {
      fruitless = 0
    },
  }
}

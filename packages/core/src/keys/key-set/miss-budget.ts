import { hasPassed } from '../../outbound/has-passed.js'
import { pauseAfter, type BackOffRules } from '../../outbound/back-off.js'

const INTERVALS: BackOffRules = { firstMs: 1_000, longestMs: 8_000 }
/** This many fruitless fetches may be a rotation that has not reached every server; more are junk. */
const PATIENT_FETCHES = 2
/** After this time without an unknown `kid`, the next one counts as the first. */
const QUIET_MS = 10_000

/**
 * How often a `kid` missing from the set may cause a fetch: at most once a second, and under a flood of junk once in
 * eight seconds. All share one interval: junk can exhaust nothing, because each fetch that it causes also brings any
 * new key.
 */
export interface MissBudget {
  /** Whether to fetch now, given the start of the last fetch. */
  take(lastStartedAt: number): boolean
  /** Time until the next fetch is allowed, in milliseconds. */
  pauseMs(lastStartedAt: number): number
  /** Call it when a new key was found. */
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

import type { BackOffRules } from '../../outbound/back-off.js'

/** With a shorter `max-age`, the issuer would be asked all the time. */
const MIN_LIFETIME_MS = 60_000
/**
 * After this share of its lifetime, a set is refreshed in the background; randomised, so that instances do not ask at
 * once.
 */
const AHEAD = 0.75
const AHEAD_SPREAD = 0.15
/** Clocks that differ by less than this count as the same, or as corrected. */
export const CLOCK_STEP_MS = 60_000
/** Pauses after failures of the issuer: 1, 2, 4, 8, then 10 seconds. */
export const FAILURE_PAUSES: BackOffRules = { firstMs: 1_000, longestMs: 10_000 }

/** Times of one fetched set, in milliseconds since the epoch. */
export interface Lifetime {
  readonly fetchedAt: number
  /** From this time on, it is refreshed in the background. */
  readonly refreshAt: number
  /** From this time on, it is used only while the issuer does not answer. */
  readonly agedAt: number
  /** From this time on, it is no longer used. */
  readonly endsAt: number
}

export type Phase = 'fresh' | 'due' | 'aged' | 'ended'

/** The issuer's lifetime (`Cache-Control: max-age`), within our bounds. */
export function lifetimeMs(maxAgeMs: number, askedMs: number | null): number {
  return askedMs === null ? maxAgeMs : Math.min(maxAgeMs, Math.max(askedMs, MIN_LIFETIME_MS))
}

export function lifetimeOf(fetchedAt: number, lifeMs: number, staleIfErrorMs: number, random: () => number): Lifetime {
  const agedAt = fetchedAt + lifeMs
  return {
    fetchedAt,
    refreshAt: fetchedAt + lifeMs * (AHEAD + AHEAD_SPREAD * random()),
    agedAt,
    endsAt: agedAt + staleIfErrorMs,
  }
}

export function phaseOf({ fetchedAt, refreshAt, agedAt, endsAt }: Lifetime, now: number): Phase {
  if (now < fetchedAt - CLOCK_STEP_MS) return 'aged'
  if (now < refreshAt) return 'fresh'
  if (now < agedAt) return 'due'
  return now < endsAt ? 'aged' : 'ended'
}

import type { BackOffRules } from '../../outbound/back-off.js'

/** A shorter `max-age` of an issuer would have it asked all the time. */
const MIN_LIFETIME_MS = 60_000
/** From this share of its lifetime on, a set is refreshed in the background; spread, so that instances do not ask at once. */
const AHEAD = 0.75
const AHEAD_SPREAD = 0.15
/** Clocks that differ less than this are the same clock, or one that was set right. */
export const CLOCK_STEP_MS = 60_000
/** After failures of the issuer: 1, 2, 4, 8, then 10 seconds. */
export const FAILURE_PAUSES: BackOffRules = { firstMs: 1_000, longestMs: 10_000 }

/** Moments of one fetched set, in milliseconds since the epoch. */
export interface Lifetime {
  readonly fetchedAt: number
  /** Refreshed in the background from here on. */
  readonly refreshAt: number
  /** From here on it serves only while the issuer does not answer. */
  readonly agedAt: number
  /** From here on it serves no more. */
  readonly endsAt: number
}

export type Phase = 'fresh' | 'due' | 'aged' | 'ended'

/** What the issuer asks for (`Cache-Control: max-age`), within our bounds. */
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

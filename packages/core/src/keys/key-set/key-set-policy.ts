/** A shorter `max-age` of an issuer would have it asked all the time. */
const MIN_LIFETIME_MS = 60_000
/** From this share of its lifetime on, a set is refreshed in the background; spread, so that instances do not ask at once. */
const AHEAD = 0.75
const AHEAD_SPREAD = 0.15
/** Clocks that differ less than this are the same clock, or one that was set right. */
export const CLOCK_STEP_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 10_000

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

/** Whether a moment lies so far back; also when the clock was set back since. */
export function hasPassed(now: number, since: number, milliseconds: number): boolean {
  return now < since || now - since >= milliseconds
}

/** Failures in a row and the pause after each: 1, 2, 4, 8, then 10 seconds, half of it by chance but never less than one. */
export interface Backoff {
  readonly isFailing: boolean
  /** Whether the pause is over, or there is none. */
  readonly isOver: boolean
  failed(): void
  succeeded(): void
}

export function createBackoff(now: () => number, random: () => number): Backoff {
  let failures = 0
  let failedAt = 0
  let pauseMs = 0
  return {
    get isFailing() {
      return failures > 0
    },
    get isOver() {
      return failures === 0 || hasPassed(now(), failedAt, pauseMs)
    },
    failed() {
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
      pauseMs = Math.max(FIRST_PAUSE_MS, longest * (0.5 + 0.5 * random()))
      failures++
      // The end of the failure: a fetch that hung has taken its time already.
      failedAt = now()
    },
    succeeded() {
      failures = 0
    },
  }
}

import { hasPassed } from './has-passed.js'

/** How pauses grow: each is twice the one before, from the first to the longest. */
export interface BackOffRules {
  readonly firstMs: number
  readonly longestMs: number
}

/** The pause after this many others, in milliseconds. */
export function pauseAfter(pauses: number, { firstMs, longestMs }: BackOffRules): number {
  return Math.min(longestMs, firstMs * 2 ** pauses)
}

/** Failures in a row and the pause after each, of which half is left to chance, but which is never less than the first. */
export interface BackOff {
  readonly isFailing: boolean
  /** Whether the pause is over, or there is none. */
  readonly isOver: boolean
  failed(): void
  succeeded(): void
}

/** @param random From 0 to below 1: instances that failed together do not ask again together. */
export function createBackOff(rules: BackOffRules, now: () => number, random: () => number): BackOff {
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
      pauseMs = Math.max(rules.firstMs, pauseAfter(failures, rules) * (0.5 + 0.5 * random()))
      failures++
      // The end of the failure: a fetch that hung has taken its time already.
      failedAt = now()
    },
    succeeded() {
      failures = 0
    },
  }
}

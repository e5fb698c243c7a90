import { hasPassed } from './has-passed.js'

/** How pauses grow: each is twice the previous one, from the first to the longest. */
export interface BackOffRules {
  readonly firstMs: number
  readonly longestMs: number
}

/** The pause after this many previous ones, in milliseconds. */
export function pauseAfter(pauses: number, { firstMs, longestMs }: BackOffRules): number {
  return Math.min(longestMs, firstMs * 2 ** pauses)
}

/** Counts failures in a row. Half of the pause after each is random, but it is never shorter than the first pause. */
export interface BackOff {
  readonly isFailing: boolean
  /** Whether the pause is over, or there is none. */
  readonly isOver: boolean
  failed(): void
  succeeded(): void
}

/** @param random A number from 0 to below 1, so that instances that failed together do not retry together. */
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
      // Counted from the end of the failure: a hanging fetch has already taken time.
      failedAt = now()
    },
    succeeded() {
      failures = 0
    },
  }
}

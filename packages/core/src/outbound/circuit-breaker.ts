/** Stops asking an endpoint that is down, so that requests do not wait for it. */
export interface CircuitBreaker {
  /** Milliseconds until the endpoint may be asked again; 0: this caller may ask. */
  pause(): number
  answered(): void
  failed(): void
}

const FAILURES = 5
const PAUSE_MS = 10_000

/** Opens after 5 failures in a row; every 10 seconds one caller may try. */
export function createCircuitBreaker(now: () => number): CircuitBreaker {
  let failures = 0
  let openUntil = 0
  return {
    pause() {
      if (failures < FAILURES) return 0
      const rest = openUntil - now()
      if (rest > 0) return rest
      openUntil = now() + PAUSE_MS
      return 0
    },
    answered() {
      failures = 0
    },
    failed() {
      failures++
      openUntil = now() + PAUSE_MS
    },
  }
}

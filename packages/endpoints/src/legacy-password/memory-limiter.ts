import type { AttemptLimit, AttemptLimiter } from './options.js'

interface Window {
  readonly endsAt: number
  attempts: number
}

/** Whoever sends more keys than these within the time of a limit makes the oldest ones begin afresh. */
const MAX_KEYS = 100_000

/** Counts in the memory of this instance, which is bounded. */
export function memoryLimiter({ attempts, windowMs }: AttemptLimit, now: () => number): AttemptLimiter {
  const windows = new Map<string, Window>()

  // All of them last as long, so that they end in the order in which they began.
  function sweep(at: number): void {
    for (const [key, { endsAt }] of windows) {
      if (endsAt > at && windows.size < MAX_KEYS) break
      windows.delete(key)
    }
  }

  return {
    async consume(key) {
      const at = now()
      sweep(at)
      const window = windows.get(key) ?? { endsAt: at + windowMs, attempts: 0 }
      // In the form of rate-limiter-flexible.
      if (window.attempts >= attempts)
        throw Object.assign(new Error('over the limit'), { msBeforeNext: window.endsAt - at })
      window.attempts++
      windows.set(key, window)
    },
    async delete(key) {
      windows.delete(key)
    },
  }
}

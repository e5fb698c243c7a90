import type { Clock } from '../../src/index.js'

/** Time that passes so many times as fast as ours: pauses are kept in proportion to each other, and cost little. */
export function quickClock(times: number): Clock {
  return {
    now: () => performance.now() * times,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const end = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, milliseconds / times)
        signal.addEventListener('abort', end)
      }),
  }
}

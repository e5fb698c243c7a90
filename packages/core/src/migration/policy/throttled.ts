import { isPending, type MaybePromise } from '../../async/maybe-promise.js'

/** Calls a function at once, and then at most once per interval. */
export interface Throttled {
  call(): void
  stop(): void
}

/**
 * Of many calls in quick succession, the first takes effect at once, and one more after `quietMs`, so that the last one
 * is not missed. If `call` returns no promise, it is not throttled.
 */
export function throttled(call: () => MaybePromise<unknown>, quietMs: number): Throttled {
  let quiet: ReturnType<typeof setTimeout> | null = null
  let isWanted = false
  let isStopped = false

  function now(): void {
    if (isStopped) return
    if (quiet !== null) {
      isWanted = true
      return
    }
    if (!isPending(call())) return
    quiet = setTimeout(() => {
      quiet = null
      if (!isWanted) return
      isWanted = false
      now()
    }, quietMs)
    // The timer must not keep a finished process alive. In some runtimes, timers are numbers.
    ;(quiet as { unref?: () => void }).unref?.()
  }

  return {
    call: now,
    stop() {
      isStopped = true
      if (quiet !== null) clearTimeout(quiet)
    },
  }
}

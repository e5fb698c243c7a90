import { isPending, type MaybePromise } from '../../async/maybe-promise.js'

/** Calls something at once, and then at most once in a while. */
export interface Throttled {
  call(): void
  stop(): void
}

/**
 * Of many calls that follow each other closely, the first takes effect at once, and one more when `quietMs` have passed, so that
 * whatever the last one is about is not missed. What has nothing to wait for is called each time.
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
    // Nothing must keep a process alive that has done its work. Timers of some runtimes are numbers.
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

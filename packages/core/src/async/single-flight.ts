import { within } from './within.js'

/** How a task ended; it never rejects. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly cause: unknown; /** It may have died with its request. */ readonly died: boolean }

export interface Flight {
  readonly startedAt: number
  readonly closed: AbortSignal
  /** False once another one has replaced it. */
  isCurrent(): boolean
}

/** One fetch at a time, for all callers. */
export interface SingleFlight {
  readonly isUnderWay: boolean
  /** When the last one was started. */
  readonly startedAt: number
  /** Joins the one under way, or starts one. */
  join(): Promise<Outcome>
  close(): void
}

interface Running extends Flight {
  readonly abort: () => void
  readonly isRepeat: boolean
  done: Promise<Outcome>
}

/** A fetch that has not ended this long after its timeout never will. */
const GRACE_MS = 1_000

/**
 * On Workers, a fetch dies silently with the request that started it, even if other requests wait for it. So each
 * caller waits with its own timer and then starts a new one. A fetch that failed without an answer is tried once more.
 */
export function createSingleFlight(
  work: (flight: Flight) => Promise<Outcome>,
  timeoutMs: number,
  now: () => number,
): SingleFlight {
  let running: Running | null = null
  let startedAt = Number.NEGATIVE_INFINITY

  function start(isRepeat: boolean): Promise<Outcome> {
    startedAt = now()
    // One for each: Workers bind it to the request and allow none at module scope.
    const controller = new AbortController()
    const mine: Running = {
      startedAt,
      isRepeat,
      closed: controller.signal,
      abort: () => controller.abort(),
      isCurrent: () => running === mine,
      done: Promise.resolve({ ok: true }),
    }
    running = mine
    mine.done = work(mine).finally(() => {
      if (running === mine) running = null
    })
    return mine.done
  }

  const underWay = (): Running | null =>
    running !== null && Math.abs(now() - running.startedAt) <= timeoutMs + GRACE_MS ? running : null

  async function join(): Promise<Outcome> {
    const current = underWay()
    if (current === null) return start(false)
    const outcome = await within(current.done, timeoutMs)
    if (outcome !== null && (outcome.ok || !outcome.died || current.isRepeat)) return outcome
    if (running === current) running = null
    return running === null ? start(true) : join()
  }

  return {
    get isUnderWay() {
      return underWay() !== null
    },
    get startedAt() {
      return startedAt
    },
    join,
    close: () => running?.abort(),
  }
}

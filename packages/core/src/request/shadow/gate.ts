import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'

/** Work off the response path. Its errors are ignored. */
export type Task = () => MaybePromise<void>

/** Lets a share of the work through, with limited concurrency, and never synchronously. */
export interface Gate {
  /**
   * @param prepare For requests in the sample: takes what the task needs from the request. Null: there is nothing to
   *   do.
   */
  run(prepare: () => Task | null): void
  /** Settles in bounded time, when all started work has ended. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface GateParts {
  readonly sample: number
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly now: () => number
  /** Called with the number dropped since the last call. */
  readonly dropped: (count: number) => void
}

interface Flight {
  readonly startedAt: number
  done: Promise<void> | null
}

/** Work that has not ended this long after its timeout never will: on Workers it dies with its request. */
const GRACE_MS = 1_000
/** Minimum time between two reports of dropped work. */
const QUIET_MS = 10_000

export function createGate({ sample, maxInFlight, timeoutMs, now, dropped }: GateParts): Gate {
  const flights = new Set<Flight>()
  let untold = 0
  let toldAt = Number.NEGATIVE_INFINITY
  let isClosed = false

  function run(prepare: () => Task | null): void {
    if (isClosed || (sample < 1 && Math.random() >= sample)) return
    const task = prepare()
    if (task === null) return
    if (flights.size >= maxInFlight) forgetDead()
    if (flights.size < maxInFlight) return begin(task)
    untold++
    if (Math.abs(now() - toldAt) >= QUIET_MS) tell()
  }

  function begin(task: Task): void {
    const flight: Flight = { startedAt: now(), done: null }
    flights.add(flight)
    flight.done = new Promise((resolve) => {
      // One timer each: on Workers, a shared timer would be bound to the first request.
      setTimeout(() => {
        const ended = (): void => {
          flights.delete(flight)
          resolve()
        }
        const ending = attempted(task)
        if (isPending(ending)) void ending.then(ended, ended)
        else ended()
      }, 0)
    })
  }

  function forgetDead(): void {
    for (const flight of flights) if (Math.abs(now() - flight.startedAt) > timeoutMs + GRACE_MS) flights.delete(flight)
  }

  function tell(): void {
    if (untold === 0) return
    const count = untold
    untold = 0
    toldAt = now()
    dropped(count)
  }

  async function flush(): Promise<void> {
    const ending = [...flights].map(({ done }) => done)
    if (ending.length > 0) await within(Promise.all(ending), timeoutMs + GRACE_MS)
    tell()
  }

  return {
    run,
    flush,
    close() {
      isClosed = true
      return flush()
    },
  }
}

function attempted(task: Task): MaybePromise<void> {
  try {
    return task()
  } catch {
    // By contract, a comparison decides nothing.
  }
}

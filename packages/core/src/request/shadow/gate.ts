import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'

/** Work beside the response path. What it throws goes nowhere. */
export type Task = () => MaybePromise<void>

/** Lets a share of the work through, so much of it at a time, and never in the turn of the caller. */
export interface Gate {
  /** @param prepare Takes from a request what the task needs, of those that are in the sample. Null: there is nothing to do. */
  run(prepare: () => Task | null): void
  /** Settles when what was begun has ended, in bounded time. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface GateParts {
  readonly sample: number
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly now: () => number
  /** How many were dropped since the last call. */
  readonly dropped: (count: number) => void
}

interface Flight {
  readonly startedAt: number
  done: Promise<void> | null
}

/** Beyond its timeout, what did not end never will: on Workers it dies with the request that began it. */
const GRACE_MS = 1_000
/** Between two reports of what was dropped. */
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
      // One timer each: on Workers, one for all would be bound to the request of the first.
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
    // By contract: nothing that is compared decides anything.
  }
}

import { isPending, promised, type MaybePromise } from './maybe-promise.js'
import { within } from './within.js'

/** One run of a task. */
export interface Run {
  /** False once another run has replaced it. */
  isCurrent(): boolean
}

export type Task<T> = (run: Run) => MaybePromise<T>

/** Concurrent callers with the same key share one run of the task, including its failure. */
export interface Coalesce<T, K extends string | number = string> {
  /**
   * Joins the run under way for this key, or starts one.
   *
   * @param whole Also compared, if the key is only part of what is asked for.
   */
  join(key: K, task: Task<T>, whole?: string | null): MaybePromise<T>
  /** Starts a run that replaces the one under way. */
  start(key: K, task: Task<T>, whole?: string | null): MaybePromise<T>
}

export interface CoalesceOptions<T> {
  /** How long a caller waits for a run that another caller started. */
  readonly waitMs: number
  /** What a caller gets if it waited in vain. Default: it starts its own run. */
  readonly late?: () => T
}

interface Flight<T> extends Run {
  readonly whole: string | null
  readonly result: Promise<T>
}

/** After this many waits, a caller starts its own run. */
const MAX_WAITS = 2
/** Dead runs leave entries behind until the same key is requested again. */
const MAX_FLIGHTS = 10_000

/**
 * On Workers, a run dies with the request that started it, and its promise never settles. So each caller waits with its
 * own timer.
 *
 * A plain `Map`: lru-cache clears its whole storage when its last entry is deleted, and usually there is only one
 * flight. For fetches that must be aborted, repeated and paced, use `createSingleFlight`.
 */
export function createCoalesce<T, K extends string | number = string>({
  waitMs,
  late,
}: CoalesceOptions<T>): Coalesce<T, K> {
  const flights = new Map<K, Flight<T>>()
  const forget = (key: K, flight: Flight<T>): void => {
    if (flights.get(key) === flight) flights.delete(key)
  }

  function start(key: K, task: Task<T>, whole: string | null = null): MaybePromise<T> {
    let mine: Flight<T> | null = null
    const isCurrent = (): boolean => mine !== null && flights.get(key) === mine
    const result = promised(task({ isCurrent }))
    if (!isPending(result)) return result
    const flight: Flight<T> = { whole, result, isCurrent }
    mine = flight
    flights.set(key, flight)
    if (flights.size > MAX_FLIGHTS) flights.delete(flights.keys().next().value as K)
    return result.finally(() => forget(key, flight))
  }

  function join(key: K, task: Task<T>, whole: string | null = null, waits = 0): MaybePromise<T> {
    const flight = flights.get(key)
    if (flight === undefined || waits === MAX_WAITS) return start(key, task, whole)
    if (flight.whole !== whole) return task({ isCurrent: () => false })
    const arrived = flight.result.then((value) => ({ value }))
    return within(arrived, waitMs).then((shared) => {
      if (shared !== null) return shared.value
      forget(key, flight)
      return late === undefined ? join(key, task, whole, waits + 1) : late()
    })
  }

  return { join: (key, task, whole) => join(key, task, whole), start }
}

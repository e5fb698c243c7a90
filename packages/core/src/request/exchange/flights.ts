import { boundedCache } from '../../cache/bounded-cache.js'
import type { Principal } from '../../identity/principal.js'
import type { Begun } from './mint.js'

/** The person and the organization acted for. */
export type Person = Pick<Principal, 'id' | 'organization'>

/** One exchange under way, and its result. */
export interface Flight {
  /** Rejects if no session was created. */
  readonly begun: Promise<Begun>
  /** The result, for this person only; null if there is none yet, or none any more. */
  take(person: Person): Begun | null
  /** Ends the result: nobody may get it any more. */
  drop(): void
  /**
   * Call it if an answer could not deliver the result. The next one may; if none does in time, nothing is created for a
   * while.
   */
  passUp(): void
}

export interface FlightParts {
  /** A mark of the old credential, by which `forget` finds it. */
  readonly mark: string
  /** How long other requests with the same credential get the same session, in milliseconds. */
  readonly keepMs: number
  /** Called once, when the session is first delivered. */
  readonly handedOut: (begun: Begun) => void
}

/** The exchanges of one instance: one at a time for a credential. Results are kept for a while. */
export interface Flights {
  find(key: string): Flight | undefined
  start(key: string, parts: FlightParts, mint: () => Promise<Begun>): Flight
  readonly underWay: number
  /**
   * Call it when the app has ended a session: a session just created from it ends, too, and no more are created for a
   * while.
   */
  forget(mark: string): void
  /** Whether the app has recently ended this session. */
  isForgotten(mark: string): boolean
  /** Prevents further tries before this time, in milliseconds since the epoch. */
  rest(key: string, until: number): void
  isResting(key: string): boolean
  /** Ends the sessions that nobody got. */
  close(): Promise<void>
}

const MAX_RESTING = 10_000
const MAX_FORGOTTEN = 10_000
/** Requests accepted before the session ended may still be running. */
const FORGOTTEN_MS = 60_000

/** If every answer renews the old cookie, none ever delivers a new one. */
const PASSED_UP_MS = 600_000

interface Kept extends Flight {
  readonly mark: string
  /** From now on, nobody else gets it. If nobody got it, the session is ended. */
  lapse(): Promise<void>
}

export function createFlights(now: () => number): Flights {
  const kept = new Map<string, Kept>()
  const resting = boundedCache<number>(MAX_RESTING)
  const forgotten = boundedCache<number>(MAX_FORGOTTEN)
  let underWay = 0

  function start(key: string, { mark, keepMs, handedOut }: FlightParts, mint: () => Promise<Begun>): Flight {
    let settled: Begun | null = null
    let isTaken = false
    let isOver = false
    let isPassedUp = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const leave = (): void => {
      clearTimeout(timer)
      if (kept.get(key) === flight) kept.delete(key)
    }
    const lapse = async (): Promise<void> => {
      leave()
      if (isOver) return
      isOver = true
      if (isTaken) return
      if (isPassedUp) resting.set(key, now() + PASSED_UP_MS)
      await settled?.discard()
    }
    const flight: Kept = {
      mark,
      lapse,
      passUp() {
        isPassedUp = true
      },
      begun: mint(),
      take({ id, organization }) {
        if (settled === null || isOver) return null
        // The key of the flight alone is not enough.
        if (settled.principal.id !== id || settled.principal.organization !== organization) return null
        if (settled.isRevoked()) {
          // Those who already have it are checked at each request; `endOld` also revokes the old session.
          if (isTaken) leave()
          else flight.drop()
          return null
        }
        if (!isTaken) handedOut(settled)
        isTaken = true
        return settled
      },
      drop() {
        leave()
        if (isOver) return
        isOver = true
        void settled?.discard()
      },
    }
    underWay++
    kept.set(key, flight)
    flight.begun.then(
      (begun) => {
        underWay--
        settled = begun
        if (isOver) return void begun.discard()
        timer = setTimeout(() => void lapse(), keepMs)
        // For Node and Bun: a process with nothing else to do may end.
        ;(timer as { unref?: () => void }).unref?.()
      },
      () => {
        underWay--
        leave()
      },
    )
    return flight
  }

  return {
    find: (key) => kept.get(key),
    start,
    get underWay() {
      return underWay
    },
    forget(mark) {
      forgotten.set(mark, now() + FORGOTTEN_MS)
      for (const flight of kept.values()) if (flight.mark === mark) flight.drop()
    },
    isForgotten: (mark) => (forgotten.get(mark) ?? 0) > now(),
    rest: (key, until) => void resting.set(key, until),
    isResting: (key) => (resting.get(key) ?? 0) > now(),
    async close() {
      await Promise.all([...kept.values()].map((flight) => flight.lapse()))
    },
  }
}

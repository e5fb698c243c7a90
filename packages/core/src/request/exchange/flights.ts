import { boundedCache } from '../../cache/bounded-cache.js'
import type { Principal } from '../../identity/principal.js'
import type { Begun } from './mint.js'

/** Who asks, and for which organization. */
export type Person = Pick<Principal, 'id' | 'organization'>

/** One minting, and whoever waits for what it brings. */
export interface Flight {
  /** Rejects if nothing was minted. */
  readonly begun: Promise<Begun>
  /** What it brought, for this person alone; null if nothing is there yet, or any more. */
  take(person: Person): Begun | null
  /** What it brought is for nobody any more. */
  drop(): void
  /** An answer could not bring it. The next one may; where none does in time, nothing is minted for a while. */
  passUp(): void
}

export interface FlightParts {
  /** Of what is exchanged, by which `forget` finds it. */
  readonly mark: string
  /** For how long another request with the same credential gets the same session, in milliseconds. */
  readonly keepMs: number
  /** Called when it was handed out, once. */
  readonly handedOut: (begun: Begun) => void
}

/** Mintings of one instance: one at a time for a credential, and what they brought for a while. */
export interface Flights {
  find(key: string): Flight | undefined
  start(key: string, parts: FlightParts, mint: () => Promise<Begun>): Flight
  readonly underWay: number
  /** The app ended a session: what was minted out of it ends, too, and nothing more is minted for a while. */
  forget(mark: string): void
  /** Whether the app ended this session a moment ago. */
  isForgotten(mark: string): boolean
  /** Nobody tries this one before that time, in milliseconds since the epoch. */
  rest(key: string, until: number): void
  isResting(key: string): boolean
  /** What nobody got is ended. */
  close(): Promise<void>
}

const MAX_RESTING = 10_000
const MAX_FORGOTTEN = 10_000
/** Requests that were let in before the session ended may still be at work. */
const FORGOTTEN_MS = 60_000

/** Where every answer renews the old cookie, none ever brings a new one. */
const PASSED_UP_MS = 600_000

interface Kept extends Flight {
  readonly mark: string
  /** Nobody else gets it. What nobody got is ended. */
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
        // Never by what the flight was found by alone.
        if (settled.principal.id !== id || settled.principal.organization !== organization) return null
        if (settled.isRevoked()) {
          // Whoever has it already is judged at each request; `endOld` revokes the old one, too.
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
        // Node and Bun: a process that has nothing else to do may end.
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

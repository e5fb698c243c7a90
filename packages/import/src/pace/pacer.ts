import type { Clock } from './clock.js'

/** Who may send when. */
export interface Pacer {
  /** Resolves when the caller may send one request. Rejects where `signal` aborts. */
  readonly pace: (signal: AbortSignal) => Promise<void>
  /** The other side said that this was too fast: half the pace, which grows again while nothing is said. */
  readonly slowDown: () => void
  /** Nothing is sent for so long. */
  readonly pause: (milliseconds: number) => void
}

/** At the slowest, so much of what was asked for. */
const SLOWEST = 1 / 32
/** After so long without a complaint, an eighth of the full pace is added. */
const GROW_MS = 5_000
const GROWTH = 1 / 8
/** Several calls may be refused in the same moment; that is one complaint. */
const ONE_COMPLAINT_MS = 1_000
/** Without a limit: a complaint about the very first request says nothing of how many a second would be too many. */
const LEAST_FULL = 10

/**
 * Each caller books a place of its own, one after the other: never more than `rps` in any second, measured when they are let go, and
 * spread evenly. @param rps Null sets no limit, until the other side complains.
 */
export function createPacer(rps: number | null, clock: Clock): Pacer {
  /** Of what was let go, the newest last; no more than one second can hold. */
  let released: number[] = []
  let due = -Infinity
  let pausedUntil = -Infinity
  let share = 1
  let changedAt = -Infinity
  let last: Promise<void> = Promise.resolve()

  /** Without a limit, what was sent in the last second is what is halved, until the pace is whole again. */
  let full = rps

  function rate(): number | null {
    if (full === null) return null
    const grown = Math.floor((clock.now() - changedAt) / GROW_MS)
    if (share < 1 && grown > 0) {
      share = Math.min(1, share + grown * GROWTH)
      changedAt += grown * GROW_MS
    }
    if (share === 1 && rps === null) full = null
    return full === null ? null : full * share
  }

  /** The earliest moment for the next one. */
  function next(): number {
    const now = clock.now()
    const current = rate()
    if (current === null) return Math.max(now, pausedUntil)
    const fits = Math.max(1, Math.floor(current))
    const oldest = released.at(-fits)
    const windowMs = (fits / current) * 1000
    // Closed at both ends: what is let go at 0 and at 1000 would both be within one second.
    const free = oldest === undefined ? -Infinity : oldest + windowMs + 1
    return Math.max(now, pausedUntil, due, free)
  }

  async function turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const at = next()
      const now = clock.now()
      if (at <= now) break
      await clock.sleep(at - now, signal)
    }
    const now = clock.now()
    const current = rate()
    // From where it was due, so that lateness of timers does not add up; but nothing is saved up while nobody asks.
    due = current === null ? now : Math.max(due, now - 1000 / current) + 1000 / current
    released.push(now)
    const keep = Math.ceil(full ?? 1_000)
    if (released.length > 2 * keep) released = released.slice(-keep)
  }

  return {
    pace(signal) {
      const mine = last.then(() => turn(signal))
      last = mine.catch(() => {})
      return mine
    },
    slowDown() {
      const now = clock.now()
      if (now - changedAt < ONE_COMPLAINT_MS) return
      rate()
      full ??= Math.max(LEAST_FULL, released.filter((at) => at > now - 1000).length)
      share = Math.max(SLOWEST, share / 2)
      changedAt = now
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds)
    },
  }
}

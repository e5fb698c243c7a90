import type { Clock } from './clock.js'

/** Decides when requests may be sent. */
export interface Pacer {
  /** Resolves when the caller may send one request. Rejects if `signal` aborts. */
  readonly pace: (signal: AbortSignal) => Promise<void>
  /** The other side said that this was too fast: halves the pace, which grows again while there is no complaint. */
  readonly slowDown: () => void
  /** Sends nothing for this long. */
  readonly pause: (milliseconds: number) => void
}

/** The slowest pace, as a share of the full one. */
const SLOWEST = 1 / 32
/** After this long without a complaint, an eighth of the full pace is added. */
const GROW_MS = 5_000
const GROWTH = 1 / 8
/** Several calls may be refused at the same moment; that is one complaint. */
const ONE_COMPLAINT_MS = 1_000
/** Without a limit, a complaint about the very first request does not say how many a second would be too many. */
const LEAST_FULL = 10

/**
 * Each caller gets its own slot, one after the other: never more than `rps` in any second, measured at release, and
 * evenly spread.
 * @param rps Null sets no limit until the other side complains.
 */
export function createPacer(rps: number | null, clock: Clock): Pacer {
  /** When requests were released, the newest last; no more than one second can hold. */
  let released: number[] = []
  let due = -Infinity
  let pausedUntil = -Infinity
  let share = 1
  let changedAt = -Infinity
  let last: Promise<void> = Promise.resolve()

  /** Without a limit, the pace to halve is that of the last second, until the full pace is reached again. */
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

  /** The earliest time for the next one. */
  function next(): number {
    const now = clock.now()
    const current = rate()
    if (current === null) return Math.max(now, pausedUntil)
    const fits = Math.max(1, Math.floor(current))
    const oldest = released.at(-fits)
    const windowMs = (fits / current) * 1000
    // Both ends count: requests released at 0 and at 1000 would be within one second.
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
    // Counted from when it was due, so late timers do not add up; but idle time is not saved up.
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

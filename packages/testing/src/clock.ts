/** A clock that moves only when the test moves it. `now` fits `createDualAuth({ now })` and every issuer here. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  advance(milliseconds: number): void
  set(milliseconds: number): void
}

/** Starts at `startMs` (default: the time of the call) and then stands still. */
export function createClock(startMs: number = Date.now()): Clock {
  let time = startMs
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds
    },
    set: (milliseconds) => {
      time = milliseconds
    },
  }
}

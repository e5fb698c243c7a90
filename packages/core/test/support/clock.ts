/** Tests live at one moment and move by themselves; nothing sleeps. */
export const START: number = Date.UTC(2026, 0, 15, 12, 0, 0)

export interface Clock {
  now(): number
  advance(milliseconds: number): void
}

export function createClock(at: number = START): Clock {
  let time = at
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds
    },
  }
}

/** Seconds since the epoch at `START`, moved by `offset`. */
export function seconds(offset = 0): number {
  return START / 1000 + offset
}

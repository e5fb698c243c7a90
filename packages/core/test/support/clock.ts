import * as testing from '@dualauth/testing'

/** Tests live at one moment and move by themselves; nothing sleeps. */
export const START: number = Date.UTC(2026, 0, 15, 12, 0, 0)

export type Clock = testing.Clock

export function createClock(at: number = START): Clock {
  return testing.createClock(at)
}

/** Seconds since the epoch at `START`, moved by `offset`. */
export function seconds(offset = 0): number {
  return START / 1000 + offset
}

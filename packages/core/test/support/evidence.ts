import type { Heartbeat, Sighting } from '../../src/index.js'
import { dayOf } from '../../src/migration/evidence/day.js'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** A person on the old side, at a moment. */
export function sighting(user: string | null, at: number, more: Partial<Sighting> = {}): Sighting {
  return {
    migration: 'default',
    side: 'old',
    outcome: 'accepted',
    user,
    organization: null,
    client: 'bearer',
    verifier: 'legacy',
    day: dayOf(at),
    firstAt: at,
    lastAt: at,
    uses: 1,
    expiresAt: null,
    ...more,
  }
}

/** The heartbeats of an instance that watched all the time: one for each day. */
export function watching(instance: string, from: number, to: number, more: Partial<Heartbeat> = {}): Heartbeat[] {
  const beats: Heartbeat[] = []
  for (let at = from; at < to; at = (Math.floor(at / DAY) + 1) * DAY) {
    const lastAt = Math.min((Math.floor(at / DAY) + 1) * DAY - 1, to)
    const day = dayOf(at)
    const own = { version: 1, lost: 0, ended: false }
    const beat = { migration: 'default', instance, day, firstAt: at, lastAt, writtenAt: lastAt, ...own }
    beats.push({ ...beat, ...(lastAt >= to - 1 && more) })
  }
  return beats
}

import type { Heartbeat, Sighting } from '@dualauth/core'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** A person on the old side, at a moment. */
export function sighting(user: string | null, at: number, more: Partial<Sighting> = {}): Sighting {
  return {
    migration: 'default',
    side: 'old',
    outcome: 'accepted',
    user,
    organization: null,
    client: 'bearer',
    verifier: more.side === 'new' ? 'better-auth' : 'legacy',
    day: dayOf(at),
    firstAt: at,
    lastAt: at,
    uses: 1,
    expiresAt: null,
    ...more,
  }
}

/** That an instance watched, until a moment. */
export function heartbeat(at: number, more: Partial<Heartbeat> = {}): Heartbeat {
  return {
    migration: 'default',
    instance: 'one',
    label: null,
    day: dayOf(at),
    firstAt: at,
    lastAt: at,
    writtenAt: Date.now(),
    version: 1,
    digest: null,
    lost: 0,
    ended: false,
    ...more,
  }
}

import type { AuthEvent } from '../../src/index.js'
import type { MaybePromise } from '../../src/async/maybe-promise.js'
import type { KeyHandle } from '../../src/crypto/port.js'
import { createKeyRing, type ExportedKeys, type KeyRing } from '../../src/keys/key-set/key-ring.js'
import { remoteKeySet, type KeySetOptions } from '../../src/keys/key-set/key-set.js'
import type { Clock } from './clock.js'

/** One key set at work, with what it tells and what it does behind. */
export interface OpenedKeySet {
  readonly events: AuthEvent[]
  readonly ring: KeyRing
  /** As a verifier asks; a promise only where it has to wait. */
  find(kid: string | null): MaybePromise<readonly KeyHandle[]>
  /** How many keys are found; `cannot tell` where that is so. */
  count(kid: string | null): Promise<number | 'cannot tell'>
  /** Waits for what goes on in the background. */
  behind(): Promise<void>
  ready(): Promise<void>
  close(): void
}

/** `random` is 0 unless given: refreshed at three quarters of the lifetime, shortest pauses. */
export function openKeySet(
  url: string,
  clock: Clock,
  options: Partial<KeySetOptions> = {},
  stored?: ExportedKeys,
): OpenedKeySet {
  const events: AuthEvent[] = []
  const work: Promise<unknown>[] = []
  const ring = createKeyRing(stored)
  const keys = remoteKeySet(
    { url, random: () => 0, waitUntil: (one) => void work.push(one), ...options },
    { verifier: 'v', now: clock.now, emit: (event) => void events.push({ ...event, at: clock.now() }), keyRing: ring },
  )
  const find = (kid: string | null) => keys.find('ES256', kid)
  return {
    events,
    ring,
    find,
    count: async (kid) => {
      try {
        return (await find(kid)).length
      } catch {
        return 'cannot tell'
      }
    },
    behind: async () => void (await Promise.all(work.splice(0))),
    ready: () => keys.ready(),
    close: () => keys.close(),
  }
}

/** Types of the events so far, without those of an earlier look. */
export function typesOf({ events }: OpenedKeySet): AuthEvent['type'][] {
  return events.splice(0).map(({ type }) => type)
}

import { eventErrorOf, type EventError } from './event-error.js'
import type { AuthEvent, AuthEventListener } from './events.js'

export type Emit = (event: DistributiveOmit<AuthEvent, 'at'>) => void
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/**
 * A listener that throws, or returns a promise that rejects, changes nothing. The emitted object becomes the event,
 * because a copy would cost more than the whole look-up of a remembered credential. An object that an application's
 * verifier has frozen or emits again is copied.
 */
export function createEmit(listener: AuthEventListener | undefined, now: () => number): Emit {
  if (listener === undefined) return () => {}
  return (event) => {
    try {
      const isOwn = Object.isExtensible(event) && !('at' in event)
      const told = (isOwn ? event : { ...event }) as Mutable
      told.at = now()
      const error = told.cause === undefined ? undefined : eventErrorOf(told.cause)
      if (error !== undefined) told.error = error
      const returned: unknown = listener(told as AuthEvent)
      if (returned !== undefined) Promise.resolve(returned).catch(() => {})
    } catch {
      // By contract, a listener never affects a request.
    }
  }
}

type Mutable = DistributiveOmit<AuthEvent, 'at'> & { at?: number; readonly cause?: unknown; error?: EventError }

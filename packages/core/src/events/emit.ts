import { eventErrorOf } from './event-error.js'
import type { AuthEvent, AuthEventListener } from './events.js'

export type Emit = (event: DistributiveOmit<AuthEvent, 'at'>) => void
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** A listener that throws, or returns a promise that rejects, changes nothing. */
export function createEmit(listener: AuthEventListener | undefined, now: () => number): Emit {
  if (listener === undefined) return () => {}
  return (event) => {
    try {
      const error = 'cause' in event ? eventErrorOf(event.cause) : undefined
      const returned: unknown = listener({ ...event, at: now(), ...(error !== undefined && { error }) } as AuthEvent)
      if (returned !== undefined) Promise.resolve(returned).catch(() => {})
    } catch {
      // By contract: what a listener does never decides a request.
    }
  }
}

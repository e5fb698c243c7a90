import {
  AuthError,
  isAuthError,
  type DualAuth,
  type WorkosEvent,
  type WorkosEventOutcome,
  type WorkosSync,
} from '@dualauth/core'
import { within } from '@dualauth/core/adapter'
import { inTime } from '../http/in-time.js'
import { endedSession } from './event.js'

/** Whom an event concerns here. */
export interface EventGround {
  readonly auth: Pick<DualAuth, 'revoke'>
  readonly sync: WorkosSync
  readonly verifiers: readonly string[]
  readonly handle?: HandleWorkosEvent
  readonly handleTimeoutMs: number
}

/** The application's own part in an event. */
export type HandleWorkosEvent = (
  event: WorkosEvent,
  context: { readonly outcome: Exclude<WorkosEventOutcome, 'duplicate'> },
) => void | Promise<void>

/**
 * Everything that is done about one event, however it arrived: keep what it says, end the session that it ends, and call the
 * application. Only then is the event settled, so that one that fails on the way is done again when it comes again.
 *
 * @throws {AuthError} `request_invalid`: the event cannot be read. `store_unavailable`: the store or the feed of revocations
 * cannot be reached; with the reason `handle_timeout`, `handle` took too long. What `handle` throws passes through.
 */
export async function takeEvent(ground: EventGround, event: WorkosEvent): Promise<WorkosEventOutcome> {
  const { auth, sync, verifiers, handle, handleTimeoutMs } = ground
  const session = endedSession(event)
  const settle = session === null && handle === undefined
  const kept = await reached(() => sync.apply(event, { settle }))
  if (kept === 'duplicate' || settle) return kept
  if (session !== null)
    await reached(() => Promise.all(verifiers.map((verifier) => auth.revoke({ session, verifier }))))
  const outcome = session === null ? kept : 'applied'
  const settled = async (): Promise<void> => reached(() => sync.settle(event.id))
  if (handle === undefined) await settled()
  else
    await handledInTime(handleTimeoutMs, async () => {
      await handle(event, { outcome })
      // Also where it took too long: then the event is not handled a second time when it comes again later.
      await settled()
    })
  return outcome
}

/** @throws {AuthError} `store_unavailable`, reason `handle_timeout`: it goes on, and nobody waits for it. */
export async function handledInTime(timeoutMs: number, task: () => Promise<void>): Promise<void> {
  const done = (async () => {
    await task()
    return true
  })()
  if ((await within(done, timeoutMs)) !== null) return
  const cause = new Error(`handle did not settle within ${timeoutMs} milliseconds`)
  throw new AuthError('store_unavailable', { reason: 'handle_timeout', cause })
}

/** What fails below is an outage, unless it says what else it is: the event comes again. */
export async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await inTime('store_unavailable', ask)
  } catch (cause) {
    if (isAuthError(cause)) throw cause
    throw new AuthError('store_unavailable', { cause })
  }
}

import { AuthError, isAuthError } from '../errors/auth-error.js'
import { eventErrorOf } from '../events/event-error.js'

/** A check before the first request. */
export interface Preparation {
  /** For messages: a verifier, or `revocations`. */
  readonly name: string
  /**
   * @param waitMs How long to wait for a source or store of the app, in milliseconds. Default: the time allowed at startup.
   */
  ready(waitMs?: number): Promise<unknown>
}

/** @throws {AuthError} `verifier_unavailable`, naming each part that is not ready, and what it asked. */
export async function readyAll(preparations: readonly Preparation[]): Promise<void> {
  const ended = await Promise.allSettled(preparations.map((one) => one.ready()))
  const failed = ended.flatMap((one, place) =>
    one.status === 'rejected'
      ? [{ cause: one.reason as unknown, name: (preparations[place] as Preparation).name }]
      : [],
  )
  const [first] = failed
  if (first === undefined) return
  // The error for a wrong key of the app already names it.
  for (const { cause } of failed) if (isAuthError(cause)) throw cause
  const message = failed
    .map(({ name, cause }) => `${name}: ${eventErrorOf(cause)?.message || 'could not be asked'}`)
    .join('; ')
  throw new AuthError('verifier_unavailable', { message, cause: first.cause })
}

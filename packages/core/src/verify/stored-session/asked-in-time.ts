import { inTime } from '../../async/in-time.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { causeWithout } from '../safe-cause.js'

/**
 * The answer of the app's function or store, in bounded time.
 *
 * @param asked The option and its method, for messages: `sessions(web).find`.
 * @param secrets What it was given, and may quote where it fails: an id that was taken out of a cookie, or a hash.
 * @throws {Error} for "cannot tell": no answer in time, or what was thrown, without the secrets.
 */
export function askedInTime<T>(
  ask: () => MaybePromise<T>,
  timeoutMs: number,
  asked: string,
  secrets: readonly string[],
): Promise<T> {
  return inTime(() => quotingNone(ask, secrets), timeoutMs, asked)
}

async function quotingNone<T>(ask: () => MaybePromise<T>, secrets: readonly string[]): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw causeWithout(cause, secrets)
  }
}

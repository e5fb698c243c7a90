import type { MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import { causeWithout } from '../safe-cause.js'

/**
 * The answer of the app's function or store, in bounded time: clients may hold a call until a lost connection is back.
 *
 * @param secrets What it was given, and may quote where it fails: an id that was taken out of a cookie, or a hash.
 * @throws for "cannot tell": no answer in time, or what was thrown, without the secrets.
 */
export async function inTime<T>(
  ask: () => MaybePromise<T>,
  timeoutMs: number,
  source: string,
  secrets: readonly string[],
): Promise<T> {
  const answer = await within(answered(ask, secrets), timeoutMs)
  if (answer === null) throw new Error(`${source}: no answer within ${timeoutMs} ms`)
  return answer.value
}

async function answered<T>(ask: () => MaybePromise<T>, secrets: readonly string[]): Promise<{ readonly value: T }> {
  try {
    return { value: await ask() }
  } catch (cause) {
    throw causeWithout(cause, secrets)
  }
}

import type { MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'

/**
 * The answer of the app's function or store, in bounded time: clients may hold a call until a lost connection is back.
 *
 * @throws {Error} for "cannot tell": no answer in time.
 */
export async function inTime<T>(ask: () => MaybePromise<T>, timeoutMs: number, source: string): Promise<T> {
  const answer = await within((async () => ({ value: await ask() }))(), timeoutMs)
  if (answer === null) throw new Error(`${source}: no answer within ${timeoutMs} ms`)
  return answer.value
}

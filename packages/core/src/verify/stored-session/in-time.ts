import type { MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'

/**
 * What a function or store of the app answers. Clients keep a question for as long as a lost connection takes to come back.
 *
 * @throws {Error} for "cannot tell": no answer in time.
 */
export async function inTime<T>(ask: () => MaybePromise<T>, timeoutMs: number, source: string): Promise<T> {
  const answer = await within((async () => ({ value: await ask() }))(), timeoutMs)
  if (answer === null) throw new Error(`${source}: no answer within ${timeoutMs} ms`)
  return answer.value
}

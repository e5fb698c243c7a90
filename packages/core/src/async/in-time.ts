import { plainError } from '../errors/plain-error.js'
import { unanswered } from '../errors/unanswered.js'
import type { MaybePromise } from './maybe-promise.js'
import { within } from './within.js'

/**
 * The answer of the app's driver, function or store, in bounded time: clients may hold a call until a lost connection
 * is back.
 *
 * @param timeoutMs Null if the caller bounds the time.
 * @param asked The option and its method, for messages: `sessions(web).find`.
 * @throws {Error} for "cannot tell": it threw, or there was no answer in time. The message names what was asked.
 */
export async function inTime<T>(ask: () => MaybePromise<T>, timeoutMs: number | null, asked: string): Promise<T> {
  const answered = (async () => ({ value: await ask() }))().catch((cause: unknown) => {
    throw unanswered(asked, cause)
  })
  const answer = timeoutMs === null ? await answered : await within(answered, timeoutMs)
  if (answer === null) throw plainError(`${asked}: no answer within ${timeoutMs} ms`)
  return answer.value
}

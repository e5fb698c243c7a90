import type { MaybePromise } from './maybe-promise.js'
import { within } from './within.js'

/**
 * The answer of an application's function, within a time limit.
 *
 * @param late Called with an answer that came too late. Its errors are ignored.
 * @throws {Error} It did not answer in time.
 */
export async function bounded<T>(
  ask: () => MaybePromise<T>,
  milliseconds: number,
  late?: (answer: T) => MaybePromise<void>,
): Promise<T> {
  const asked = (async () => ask())()
  const answer = await within(
    asked.then((value) => ({ value })),
    milliseconds,
  )
  if (answer !== null) return answer.value
  void asked.then(late).catch(() => {})
  throw new Error('no answer in time')
}

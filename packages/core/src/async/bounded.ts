import type { MaybePromise } from './maybe-promise.js'
import { within } from './within.js'

/**
 * What a function of the application answers, in time or not at all.
 *
 * @param late Called with an answer that came too late. What it throws goes nowhere.
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

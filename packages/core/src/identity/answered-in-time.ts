import { isPending, type MaybePromise } from '../async/maybe-promise.js'
import { within } from '../async/within.js'
import { plainError } from '../errors/plain-error.js'

/**
 * The app's `link` or `account`, in bounded time. Whatever it throws stays what it is. An answer that is no promise
 * takes no timer.
 *
 * @param asked The option, for messages.
 */
export function answeredInTime<Asked, Answer>(
  ask: (asked: Asked) => MaybePromise<Answer>,
  timeoutMs: number,
  asked: 'link' | 'account',
): (asked: Asked) => MaybePromise<Answer> {
  return (input) => {
    const answer = ask(input)
    return isPending(answer) ? waited(answer, timeoutMs, asked) : answer
  }
}

async function waited<Answer>(pending: Promise<Answer>, timeoutMs: number, asked: string): Promise<Answer> {
  const answer = await within(
    Promise.resolve(pending).then((value) => ({ value })),
    timeoutMs,
  )
  if (answer === null) throw plainError(`createDualAuth.${asked}: no answer within ${timeoutMs} ms`)
  return answer.value
}

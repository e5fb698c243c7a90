import { kindOf } from '../errors/unanswered.js'
import { eventErrorOf } from '../events/event-error.js'

/** Words an error like events do: anything that looks like a secret is removed. Of a thrown value, only its kind is named. */
export function wordsOf(cause: unknown): string {
  const error = eventErrorOf(cause)
  if (error === undefined) return cause === undefined ? '' : `threw ${kindOf(cause)}`
  return error.message === '' ? error.name : error.message
}

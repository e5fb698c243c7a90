import { retryAfterOf, type FetchedJson } from '@dualauth/core/adapter'
import { TargetError } from '../ports/target-error.js'

/**
 * Of all that is no answer to the question.
 *
 * @param lost What a failure of the server means: a question is asked again, and of a change nobody knows what came of it.
 * @throws {TargetError}
 */
export function assertAnswered(answer: FetchedJson, lost: 'retryable' | 'unknown_outcome'): FetchedJson {
  const { status, headers } = answer
  const seconds = retryAfterOf(headers)
  const after = seconds === null ? {} : { retryAfterMs: seconds * 1000 }
  if (status === 429) throw new TargetError('retryable', { code: 'rate_limited', slowDown: true, ...after })
  if (status === 408 || status === 425) throw new TargetError('retryable', { code: `status_${status}`, ...after })
  // A redirect is no answer of an API: a proxy, a page to sign in, or a wrong address. Nothing is sent where it points.
  if (status === 401 || status === 403 || (status >= 300 && status < 400))
    throw new TargetError('fatal', { code: `status_${status}` })
  if (status >= 500 || status < 200) throw new TargetError(lost, { code: `status_${status}`, ...after })
  return answer
}

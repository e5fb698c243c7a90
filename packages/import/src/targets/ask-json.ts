import { fetchJson, retryAfterOf, type FetchedJson } from '@dualauth/core/adapter'
import { TargetError } from '../ports/target-error.js'
import type { TargetCall } from '../ports/target.js'

/** What one request of an API needs. */
export interface JsonRequest {
  readonly method: string
  readonly url: string
  /** Called when it is this request's turn. */
  readonly token: () => string | Promise<string>
  readonly accept: string
  /** Of `body`. */
  readonly type: string
  readonly body?: object | undefined
  /** Further ones. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Throws where a good answer with a body is of another type. */
  readonly assertType?: (response: Response) => void
  /** What may make something twice is waited for, also where the run ends: the next run would look for it before it is there. */
  readonly isWaitedFor?: boolean
}

const MAX_BYTES = 4_194_304

/**
 * Asks when it may. The body is read of a 200, of a creation as if it were one, and of refusals; that of a change is not, which may be
 * a group with all of its members.
 *
 * @throws {TargetError} of all that is no answer to the question. Without its cause: nothing of the request goes into a log.
 */
export async function askJson(call: TargetCall, request: JsonRequest): Promise<FetchedJson> {
  const { method, url, token, accept, type, body, timeoutMs, fetch = globalThis.fetch } = request
  await call.pace()
  const headers = {
    authorization: `Bearer ${await token()}`,
    accept,
    ...(body !== undefined && { 'content-type': type }),
    ...request.headers,
  }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const lost = method === 'GET' ? 'retryable' : 'unknown_outcome'
  let hasAnswered = false
  const answer = await fetchJson(url, init, {
    timeoutMs,
    maxBytes: MAX_BYTES,
    closed: request.isWaitedFor === true ? new AbortController().signal : call.signal,
    refusals: true,
    fetch: async (to, sent) => {
      const response = await fetch(to, sent)
      hasAnswered = true
      return readable(request, response)
    },
  }).catch((): never => {
    throw new TargetError(lost, { code: hasAnswered ? 'answer_unreadable' : 'no_answer' })
  })
  return assertAnswered(answer, lost)
}

async function readable({ method, assertType }: JsonRequest, response: Response): Promise<Response> {
  const { status, headers, body, redirected } = response
  if ((status !== 200 && status !== 201 && status !== 204) || redirected) return response
  if (method === 'PATCH' || method === 'DELETE') {
    await body?.cancel()
    return new Response(null, { status: 204, headers })
  }
  if (status === 204) return response
  assertType?.(response)
  return status === 201 ? new Response(body, { headers }) : response
}

/** @param lost What a failure of the server means: a question is asked again, and of a change nobody knows what came of it. */
function assertAnswered(answer: FetchedJson, lost: 'retryable' | 'unknown_outcome'): FetchedJson {
  const { status, headers } = answer
  const seconds = retryAfterOf(headers)
  const after = seconds === null ? {} : { retryAfterMs: seconds * 1000 }
  if (status === 429) throw new TargetError('retryable', { code: 'rate_limited', slowDown: true, ...after })
  if (status === 408 || status === 425) throw new TargetError('retryable', { code: `status_${status}`, ...after })
  // A redirect is no answer of an API: a proxy, a page to sign in, or a wrong address. Nothing is sent where it points. And a server
  // that does not have a part of its protocol will not have it in a while.
  if (status === 401 || status === 403 || status === 501 || (status >= 300 && status < 400))
    throw new TargetError('fatal', { code: `status_${status}` })
  if (status >= 500 || status < 200) throw new TargetError(lost, { code: `status_${status}`, ...after })
  return answer
}

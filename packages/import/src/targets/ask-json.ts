import { fetchJson, retryAfterOf, type FetchedJson } from '@dualauth/core/adapter'
import { TargetError } from '../ports/target-error.js'
import type { TargetCall } from '../ports/target.js'

/** What one request to an API needs. */
export interface JsonRequest {
  readonly method: string
  readonly url: string
  /** Called when it is this request's turn. */
  readonly token: () => string | Promise<string>
  readonly accept: string
  /** The type of `body`. */
  readonly type: string
  readonly body?: object | undefined
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Throws if a good answer with a body has another type. */
  readonly assertType?: (response: Response) => void
  /**
   * For requests that could create something twice: waits even if the run ends, since the next run would look before it
   * exists.
   */
  readonly isWaitedFor?: boolean
}

const MAX_BYTES = 4_194_304

/**
 * Sends a request when its turn comes. The body is read for a 200, a creation and refusals, but not for a change, whose
 * body may be a group with all its members.
 *
 * @throws {TargetError} For anything that does not answer the request. Without a cause: nothing from the request goes
 *   into a log.
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

/** @param lost What a server failure means: a read is repeated; the outcome of a change is unknown. */
function assertAnswered(answer: FetchedJson, lost: 'retryable' | 'unknown_outcome'): FetchedJson {
  const { status, headers } = answer
  const seconds = retryAfterOf(headers)
  const after = seconds === null ? {} : { retryAfterMs: seconds * 1000 }
  if (status === 429) throw new TargetError('retryable', { code: 'rate_limited', slowDown: true, ...after })
  if (status === 408 || status === 425) throw new TargetError('retryable', { code: `status_${status}`, ...after })
  // An API does not answer with a redirect: it is a proxy, a sign-in page, or a wrong address. Nothing is sent where it
  // points. And a server without part of its protocol will not have it soon.
  if (status === 401 || status === 403 || status === 501 || (status >= 300 && status < 400))
    throw new TargetError('fatal', { code: `status_${status}` })
  if (status >= 500 || status < 200) throw new TargetError(lost, { code: `status_${status}`, ...after })
  return answer
}

import { createCircuitBreaker } from '../../outbound/circuit-breaker.js'
import { createClosing } from '../../outbound/closing.js'
import { addressOf, fetchJson, type FetchLimits } from '../../outbound/fetch-json.js'
import { retryAfterOf } from '../../outbound/retry-after.js'
import type { JsonObject } from '../../route/jwt.js'
import { objectOf } from '../../verify/jwt/mapped-claims.js'

export interface ApiAnswer {
  /** 0 if there was no answer: network, timeout, size, or a pause after failures. */
  readonly status: number
  /** Empty if the answer is not a JSON object. */
  readonly body: JsonObject
  readonly retryAfterSeconds?: number
  /** For messages: `answered 404, text/html, at https://…`, or why nothing was asked. */
  readonly answered: string
  /** What went wrong, for events. */
  readonly cause?: unknown
}

export interface ApiClient {
  /** Posts JSON once: no redirect, no retry, bounded in time and size. Never throws. */
  post(url: string, body: JsonObject, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>
  close(): void
}

const MAX_BYTES = 262_144

/** Asks the WorkOS API for one verifier. After several failures in a row it pauses. */
export function createApiClient(now: () => number, timeoutMs: number): ApiClient {
  const breaker = createCircuitBreaker(now)
  // Created at the first call, because Workers allow none at module scope.
  let closed: AbortController | null = null
  return {
    async post(url, body, headers) {
      const pauseMs = breaker.pause()
      if (pauseMs > 0)
        return {
          ...nothing,
          answered: `paused after failures, at ${addressOf(url)}`,
          retryAfterSeconds: Math.ceil(pauseMs / 1000),
        }
      closed ??= createClosing()
      const limits = { timeoutMs, maxBytes: MAX_BYTES, fetch: globalThis.fetch, closed: closed.signal, refusals: true }
      const answer = await send(url, body, headers, limits).catch((cause: unknown) => ({ ...nothing, cause }))
      if (answer.status === 0 || answer.status === 408 || answer.status >= 500) breaker.failed()
      else breaker.answered()
      return answer
    },
    close: () => closed?.abort(),
  }
}

const nothing: ApiAnswer = { status: 0, body: {}, answered: 'no answer' }

async function send(
  url: string,
  body: JsonObject,
  headers: Readonly<Record<string, string>> | undefined,
  limits: FetchLimits,
): Promise<ApiAnswer> {
  const init = {
    method: 'POST',
    headers: { ...headers, accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const fetched = await fetchJson(url, init, limits)
  const seconds = retryAfterOf(fetched.headers)
  return {
    status: fetched.status,
    body: objectOf(fetched.body),
    answered: fetched.answered,
    ...(seconds === null ? {} : { retryAfterSeconds: seconds }),
  }
}

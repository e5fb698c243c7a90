import { createCircuitBreaker, retryAfterOf } from '@dualauth/core/adapter'
import * as z from 'zod/mini'
import type { NoTokenGrant, TokenGrant } from './token-provider.js'

/** An answer of a token endpoint. */
export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined if it is no JSON. */
  readonly body: unknown
}

const MAX_TOKEN = 4_096
const granted = z.object({
  access_token: z.string().check(z.minLength(1)),
  refresh_token: z.nullish(z.string().check(z.minLength(1), z.maxLength(MAX_TOKEN))),
  // Some providers write it as a text.
  expires_in: z.nullish(z.union([z.number().check(z.minimum(0)), z.string().check(z.regex(/^\d{1,9}$/))])),
  organization_id: z.nullish(z.string()),
})
const refused = z.object({ error: z.optional(z.string()), code: z.optional(z.string()) })

/**
 * Reads what a provider answered to a refresh. Only the errors of `over` end a session: anything else may come from a proxy, or be a
 * mistake of ours, and would sign everybody out.
 *
 * @see RFC 6749 sections 5.1 and 5.2
 */
function readTokenAnswer({ status, headers, body }: TokenAnswer, over: readonly string[]): TokenGrant {
  const retryAfterSeconds = retryAfterOf(headers)
  if (status === 200) {
    const read = z.safeParse(granted, body)
    if (!read.success) return unavailable('misses a token')
    const { access_token, refresh_token = null, expires_in = null, organization_id = null } = read.data
    return {
      outcome: 'granted',
      accessToken: access_token,
      refreshToken: refresh_token,
      expiresInSeconds: expires_in === null ? null : Number(expires_in),
      organization: organization_id,
    }
  }
  if (status === 429) return { outcome: 'limited', retryAfterSeconds: retryAfterSeconds ?? DEFAULT_PAUSE_SECONDS }
  const { error, code } = z.safeParse(refused, body).data ?? {}
  const named = error ?? code ?? ''
  // RFC 6749 says 400; Auth0 answers 403.
  if ((status === 400 || status === 401 || status === 403) && over.includes(named)) return { outcome: 'ended' }
  const hint =
    status === 401 || named === 'invalid_client' || named === 'unauthorized_client' ? '; check the client' : ''
  return unavailable(`was answered ${status}${hint}`, undefined, retryAfterSeconds)
}

function unavailable(problem: string, cause?: unknown, retryAfterSeconds: number | null = null): ToWait {
  const error = new Error(`refreshing tokens ${problem}`, cause === undefined ? undefined : { cause })
  return { outcome: 'unavailable', cause: error, ...(retryAfterSeconds !== null && { retryAfterSeconds }) }
}

/** Another time it may go well. */
type ToWait = Exclude<NoTokenGrant, { outcome: 'ended' }>

const DEFAULT_PAUSE_SECONDS = 1

/**
 * Asks a token endpoint, and leaves it in peace as it wants. Texts that anybody may have made up are counted apart: one that the
 * provider answers with a limit or an error must not stop the refresh of everybody.
 *
 * @param now Milliseconds since the epoch.
 * @param over The errors by which the provider says that a refresh token is good for nothing any more.
 */
export function createTokenAsk<T extends { readonly isProved: boolean }>(
  now: () => number,
  over: readonly string[],
  send: (input: T) => Promise<TokenAnswer>,
): (input: T) => Promise<TokenGrant> {
  const [proved, unproved] = [patientAsk(now, over, send), patientAsk(now, over, send)]
  return (input) => (input.isProved ? proved(input) : unproved(input))
}

/**
 * Asks a token endpoint, and no more while it says `Retry-After`, or for a while after it failed several times in a row. What is
 * returned never throws.
 */
function patientAsk<T>(
  now: () => number,
  over: readonly string[],
  send: (input: T) => Promise<TokenAnswer>,
): (input: T) => Promise<TokenGrant> {
  const breaker = createCircuitBreaker(now)
  let asked: { readonly until: number; readonly toWait: ToWait } | null = null

  function paused(): ToWait | null {
    const restMs = asked === null ? 0 : asked.until - now()
    if (asked !== null && restMs > 0) return { ...asked.toWait, retryAfterSeconds: Math.ceil(restMs / 1000) }
    const openMs = breaker.pause()
    return openMs > 0 ? unavailable('is paused after failures', undefined, Math.ceil(openMs / 1000)) : null
  }

  return async (input) => {
    const pause = paused()
    if (pause !== null) return pause
    try {
      const answer = await send(input)
      if (answer.status === 408 || answer.status >= 500) breaker.failed()
      else breaker.answered()
      const grant = readTokenAnswer(answer, over)
      if (grant.outcome === 'limited' || grant.outcome === 'unavailable')
        asked = { until: now() + (grant.retryAfterSeconds ?? 0) * 1000, toWait: grant }
      return grant
    } catch (cause) {
      breaker.failed()
      return unavailable('got no answer', cause)
    }
  }
}

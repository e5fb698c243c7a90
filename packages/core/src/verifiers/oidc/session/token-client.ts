import { plainError } from '../../../errors/plain-error.js'
import * as z from 'zod/mini'
import { createCircuitBreaker } from '../../../outbound/circuit-breaker.js'
import { fetchJson, type FetchedJson, type FetchLimits } from '../../../outbound/fetch-json.js'
import { retryAfterOf } from '../../../outbound/retry-after.js'
import { objectOf, textOf } from '../../../verify/jwt/mapped-claims.js'
import type { ClientAuthentication } from '../../../verify/oauth/client-authentication.js'
import type { NoGrant } from '../../../verify/sealed-session/renewal.js'

/** The rest of an answer is not read. */
const tokens = z.object({
  access_token: z.string().check(z.minLength(1)),
  refresh_token: z.optional(z.string().check(z.minLength(1), z.maxLength(4_096))),
  id_token: z.optional(z.string()),
  // Some providers send it as text.
  expires_in: z.optional(z.union([z.number(), z.string().check(z.regex(/^\d{1,9}$/))])),
  scope: z.optional(z.string()),
})

export interface Tokens {
  readonly refresh_token?: string | undefined
  readonly id_token?: string | undefined
  readonly expires_in?: string | number | undefined
  readonly scope?: string | undefined
}

export type TokenAnswer = { readonly outcome: 'granted'; readonly tokens: Tokens } | NoGrant

/** Errors that mean the session is over. Any other error may come from a proxy and would sign everybody out. */
const OVER: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
])
const MAX_BYTES = 262_144

export interface TokenClient {
  /** Asks once: no redirect, no retry, bounded in time and size. After several failures in a row it pauses. Never throws. */
  ask(refreshToken: string): Promise<TokenAnswer>
}

/** @see RFC 6749 sections 5.2 and 6 */
export function createTokenClient(
  endpoint: () => Promise<string>,
  client: ClientAuthentication,
  now: () => number,
  limits: Omit<FetchLimits, 'maxBytes'>,
): TokenClient {
  const breaker = createCircuitBreaker(now)
  return {
    async ask(refreshToken) {
      const pauseMs = breaker.pause()
      if (pauseMs > 0) return unavailable('paused after failures', undefined, Math.ceil(pauseMs / 1000))
      try {
        const url = await endpoint()
        const { headers, fields } = await client.credentials(now(), url)
        const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, ...fields })
        const init = {
          method: 'POST',
          headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
          body: body.toString(),
        }
        const answer = await fetchJson(url, init, { ...limits, maxBytes: MAX_BYTES, refusals: true })
        if (answer.status === 408 || answer.status >= 500) breaker.failed()
        else breaker.answered()
        return answerOf(answer)
      } catch (cause) {
        breaker.failed()
        return unavailable('no answer', cause)
      }
    },
  }
}

function answerOf({ status, body, answered, headers }: FetchedJson): TokenAnswer {
  if (status === 200) {
    const read = z.safeParse(tokens, body)
    if (read.success) return { outcome: 'granted', tokens: read.data }
    return unavailable(`${answered}, without a usable \`${read.error.issues[0]?.path.join('.')}\``)
  }
  const code = textOf(objectOf(body), 'error')
  // RFC 6749 says 400; Auth0 answers 403.
  if ((status === 400 || status === 401 || status === 403) && code !== null && OVER.has(code))
    return { outcome: 'ended' }
  const hint = status === 401 || code === 'invalid_client' || code === 'unauthorized_client' ? '; check `client`' : ''
  return unavailable(`${answered}${hint}`, undefined, retryAfterOf(headers))
}

function unavailable(problem: string, cause?: unknown, retryAfterSeconds: number | null = null): NoGrant {
  const error = plainError(`oidc: refreshing a session: ${problem}`, cause)
  return { outcome: 'unavailable', cause: error, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) }
}

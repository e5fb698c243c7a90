import { plainError } from '../../../errors/plain-error.js'
import { within } from '../../../async/within.js'
import { createCircuitBreaker } from '../../../outbound/circuit-breaker.js'
import { fetchJson, type FetchedJson, type FetchLimits } from '../../../outbound/fetch-json.js'
import type { ClientAuthentication } from '../../../verify/oauth/client-authentication.js'

const MAX_BYTES = 16_384
/** The body of an answer is ignored. */
const IGNORED = (): null => null

/**
 * Revokes a refresh token at its provider, once and within the time limit of one call. After several failures in a row
 * it pauses, so that nobody waits for a provider that is down.
 *
 * @param endpoint Null if the provider has none; then nothing is called.
 * @returns a function that revokes; it rejects unless the provider confirms.
 * @see RFC 7009 section 2
 */
export function createRevocationClient(
  endpoint: () => Promise<string | null>,
  client: ClientAuthentication,
  now: () => number,
  limits: Omit<FetchLimits, 'maxBytes'>,
): (refreshToken: string) => Promise<void> {
  const breaker = createCircuitBreaker(now)

  async function ask(refreshToken: string): Promise<FetchedJson | null> {
    const url = await endpoint()
    if (url === null) return null
    const { headers, fields } = await client.credentials(now(), url)
    const body = new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', ...fields })
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: body.toString(),
    }
    return fetchJson(url, init, { ...limits, maxBytes: MAX_BYTES, decode: IGNORED })
  }

  return async (refreshToken) => {
    if (breaker.pause() > 0) throw new Error('oidc: revoking a refresh token is paused after failures')
    const answered = await within(
      ask(refreshToken).then((answer) => ({ answer })),
      limits.timeoutMs,
    ).catch((cause: unknown) => {
      breaker.failed()
      throw plainError('oidc: revoking a refresh token: no answer', cause)
    })
    if (answered === null) {
      breaker.failed()
      throw new Error(`oidc: revoking a refresh token got no answer within ${limits.timeoutMs} ms`)
    }
    const { answer } = answered
    const status = answer?.status ?? null
    if (status !== null && (status === 408 || status >= 500)) breaker.failed()
    else breaker.answered()
    if (answer !== null && status !== 200) throw plainError(`oidc: revoking a refresh token: ${answer.answered}`)
  }
}

import { plainError } from '../../errors/plain-error.js'
import { fetchJson, type FetchLimits } from '../../outbound/fetch-json.js'
import { retryAfterOf } from '../../outbound/retry-after.js'
import type { Verification } from '../../route/verifier.js'
import type { ClientAuthentication } from '../../verify/oauth/client-authentication.js'

const MAX_BYTES = 65_536

export type EndpointAnswer =
  | { readonly outcome: 'answered'; readonly body: unknown; readonly answered: string }
  | Extract<Verification, { outcome: 'unavailable' }>

/**
 * Asks the introspection endpoint about one token. An answer other than 200 says nothing about the token: 400, 401 and
 * 403 mean that this API is not set up as the issuer expects.
 *
 * @see RFC 7662 sections 2.1 and 2.3
 */
export async function askEndpoint(
  endpoint: string,
  token: string,
  client: ClientAuthentication,
  now: number,
  limits: Omit<FetchLimits, 'maxBytes'>,
): Promise<EndpointAnswer> {
  try {
    const { headers, fields } = await client.credentials(now, endpoint)
    const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...fields }).toString()
    const init = {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    }
    const answer = await fetchJson(endpoint, init, { ...limits, maxBytes: MAX_BYTES })
    if (answer.status === 200) return { outcome: 'answered', body: answer.body, answered: answer.answered }
    const cause = plainError(`introspection: ${answer.answered}${hintOf(answer.status)}`)
    const retryAfterSeconds = retryAfterOf(answer.headers)
    return { outcome: 'unavailable', cause, ...(retryAfterSeconds !== null && { retryAfterSeconds }) }
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}

function hintOf(status: number): string {
  if (status === 401 || status === 403) return '; check `client`'
  return status === 400 ? '; check `client` and which tokens this endpoint accepts' : ''
}

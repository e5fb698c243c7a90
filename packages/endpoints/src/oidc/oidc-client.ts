import { AuthError } from '@dualauth/core'
import { retryAfterOf } from '@dualauth/core/adapter'
import * as oauth from 'oauth4webapi'
import { plainCause } from './plain-cause.js'

/** A client at one provider: its metadata, and how it is asked. */
export interface OidcClientParts {
  readonly issuer: URL
  readonly clientId: string
  readonly authentication: oauth.ClientAuth
  readonly timeoutMs: number
  readonly fetch?: typeof fetch | undefined
}

/** How a client proves who it is; without a secret it is public, which PKCE alone protects. */
export function clientAuthentication(
  secret: string | undefined,
  method: 'client_secret_basic' | 'client_secret_post',
): oauth.ClientAuth {
  if (secret === undefined) return oauth.None()
  return method === 'client_secret_post' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret)
}

/** How long metadata serve; after an outage, for how long nobody asks again. */
const KEEP_MS = 3_600_000
const PAUSE_MS = 1_000

export interface OidcClient {
  readonly client: oauth.Client
  readonly authentication: oauth.ClientAuth
  /** @throws {AuthError} `verifier_unavailable` */
  metadata(): Promise<oauth.AuthorizationServer>
  /** Options of a request that is bounded in time. */
  request(): RequestOptions
}

/** Of each request to a provider. */
interface RequestOptions {
  readonly signal: AbortSignal
  readonly [oauth.allowInsecureRequests]: boolean
  readonly [oauth.customFetch]?: (
    url: string,
    options: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
  ) => Promise<Response>
}

/** @param now Milliseconds since the epoch. */
export function createOidcClient(parts: OidcClientParts, now: () => number): OidcClient {
  const { issuer, clientId, authentication, timeoutMs } = parts
  const isLoopback = issuer.protocol === 'http:'
  let known: { readonly metadata: Promise<oauth.AuthorizationServer>; readonly at: number } | null = null
  let failedAt = Number.NEGATIVE_INFINITY

  const { fetch: own } = parts
  const request = (): RequestOptions => ({
    signal: AbortSignal.timeout(timeoutMs),
    [oauth.allowInsecureRequests]: isLoopback,
    ...(own !== undefined && { [oauth.customFetch]: (url, options) => own(url, options as RequestInit) }),
  })

  async function discover(): Promise<oauth.AuthorizationServer> {
    const response = await oauth.discoveryRequest(issuer, request())
    return oauth.processDiscoveryResponse(issuer, response)
  }

  return {
    client: { client_id: clientId },
    authentication,
    request,
    metadata() {
      if (known !== null && now() - known.at < KEEP_MS && now() >= known.at) return known.metadata
      const last = known
      if (last !== null && now() - failedAt < PAUSE_MS && now() >= failedAt) return last.metadata
      const metadata = discover().catch((cause: unknown) => {
        failedAt = now()
        // The last known pages are better than none.
        known = last
        if (last !== null) return last.metadata
        throw new AuthError('verifier_unavailable', { cause: plainCause(cause) })
      })
      known = { metadata, at: now() }
      return metadata
    },
  }
}

/** What a provider says by which somebody can do something. Whatever else it says is not repeated. @see RFC 6749 section 4.1.2.1 */
const KNOWN: readonly string[] = [
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_grant',
  'login_required',
]
const OUTAGES: readonly string[] = ['server_error', 'temporarily_unavailable']

/** What was thrown on the way, as an answer to the person who signs in. */
export function signInError(thrown: unknown): AuthError {
  const cause = plainCause(thrown)
  if (thrown instanceof oauth.AuthorizationResponseError || thrown instanceof oauth.ResponseBodyError) {
    const { error } = thrown
    if (KNOWN.includes(error)) return new AuthError('sign_in_failed', { reason: error, cause })
    if (OUTAGES.includes(error) || thrown instanceof oauth.ResponseBodyError) return outage(thrown)
    return new AuthError('sign_in_failed', { reason: 'refused', cause })
  }
  if (thrown instanceof oauth.OperationProcessingError && WRONG.includes(thrown.code ?? ''))
    return new AuthError('sign_in_failed', { reason: 'invalid_response', cause })
  return new AuthError('verifier_unavailable', { cause })
}

/** What the browser brought is not for it, or what the provider signed is not for this sign-in. */
const WRONG: readonly string[] = [
  oauth.INVALID_RESPONSE,
  oauth.JSON_ATTRIBUTE_COMPARISON,
  oauth.JWT_CLAIM_COMPARISON,
  oauth.JWT_TIMESTAMP_CHECK,
  oauth.KEY_SELECTION,
]

function outage(thrown: oauth.ResponseBodyError | oauth.AuthorizationResponseError): AuthError {
  const seconds = 'response' in thrown ? retryAfterOf(thrown.response.headers) : null
  const cause = plainCause(thrown)
  return new AuthError('verifier_unavailable', { cause, ...(seconds !== null && { retryAfterSeconds: seconds }) })
}

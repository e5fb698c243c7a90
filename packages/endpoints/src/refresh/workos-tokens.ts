import { assertEndpointUrl, fetchJson, type FetchedJson } from '@dualauth/core/adapter'
import { functionOption, object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { endWorkosSession } from '../workos/end-session.js'
import { createTokenAsk } from './token-answer.js'
import type { TokenProvider } from './token-provider.js'

/** The options of `workosTokens`. */
export interface WorkosTokensOptions {
  /** The environment's client id, `client_…`. */
  readonly clientId: string
  /**
   * The environment's key. Leave it out for a public client. Sessions are then not ended at WorkOS, which requires the
   * key for that.
   */
  readonly apiKey?: string
  /** Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** For one request to WorkOS, in milliseconds. Default 3000, at most 5000. */
  readonly timeoutMs?: number
  /** Used for requests to WorkOS. Default: the platform's. */
  readonly fetch?: typeof fetch
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const schema = object({
  clientId: text,
  apiKey: z.exactOptional(text),
  apiUrl: z._default(text, 'https://api.workos.com'),
  timeoutMs: z._default(wholeBetween(100, 5_000), 3_000),
  fetch: z._default(functionOption<typeof fetch>(), () => fetch),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

/** By which WorkOS says that a person has to sign in again. */
const OVER: readonly string[] = [
  'email_verification_required',
  'invalid_grant',
  'invalid_organization_id',
  'mfa_challenge',
  'mfa_enrollment',
  'organization_authentication_methods_required',
  'organization_selection_required',
  'sso_required',
]
const MAX_ANSWER_BYTES = 262_144

/**
 * Tokens of WorkOS AuthKit, for `refreshEndpoint({ bodyTokens })`. They stay in their organization. If a refresh token
 * was stolen, its session is ended at WorkOS, too.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/reference/authkit/authentication/refresh-token
 */
export function workosTokens(options: WorkosTokensOptions): TokenProvider {
  const { clientId, apiKey, apiUrl, timeoutMs, fetch: ask, now } = parseOptions(schema, options, 'workosTokens')
  assertEndpointUrl(apiUrl, 'workosTokens.apiUrl')
  const post = (path: string, body: object): Promise<FetchedJson> => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const closed = new AbortController().signal
    const limits = { timeoutMs, maxBytes: MAX_ANSWER_BYTES, fetch: ask, closed, refusals: true }
    return fetchJson(new URL(path, apiUrl).href, init, limits)
  }
  return {
    id: JSON.stringify([apiUrl, clientId]),
    refresh: createTokenAsk(now, OVER, ({ refreshToken, organization }) =>
      post('/user_management/authenticate', {
        grant_type: 'refresh_token',
        client_id: clientId,
        ...(apiKey !== undefined && { client_secret: apiKey }),
        refresh_token: refreshToken,
        ...(organization !== null && { organization_id: organization }),
      }),
    ),
    async revoke({ sessionId }) {
      if (apiKey === undefined || sessionId === null) return 'unsupported'
      await endWorkosSession({ apiKey, apiUrl, timeoutMs, fetch: ask }, sessionId)
      return undefined
    },
  }
}

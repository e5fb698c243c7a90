import { object, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as oauth from 'oauth4webapi'
import * as z from 'zod/mini'
import { oidcClientOptions, openClient } from '../oidc/client-options.js'
import { plainCause } from '../oidc/plain-cause.js'
import { createTokenAsk } from './token-answer.js'
import type { TokenProvider } from './token-provider.js'

/** The options of `oidcTokens`. */
export interface OidcTokensOptions {
  /** Exactly as in its metadata. `https`, or `http` on loopback. */
  readonly issuer: string
  /** The client that people signed in to: a refresh token is valid for its client only. */
  readonly clientId: string
  /** Leave it out for a public client, such as a mobile app. */
  readonly clientSecret?: string
  /** Default `client_secret_basic`. */
  readonly method?: 'client_secret_basic' | 'client_secret_post'
  /** Further parameters of the refresh, such as `{ resource: … }`. Parameters of the protocol cannot be replaced. */
  readonly parameters?: Readonly<Record<string, string>>
  /** For one request to the provider, in milliseconds. Default 3000, at most 5000. */
  readonly timeoutMs?: number
  /** Used for requests to the provider. Default: the platform's. */
  readonly fetch?: typeof fetch
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const schema = object({
  ...oidcClientOptions,
  timeoutMs: z._default(wholeBetween(100, 5_000), 3_000),
})

const OF_THE_PROTOCOL: readonly string[] = ['client_id', 'client_secret', 'grant_type', 'refresh_token']
const OVER: readonly string[] = ['consent_required', 'interaction_required', 'invalid_grant', 'login_required']

/**
 * Tokens of any OpenID Connect or OAuth provider, for `refreshEndpoint({ bodyTokens })`. Tokens that are permanently
 * refused are revoked at its `revocation_endpoint`. If it has none, a sign-out does not reach the provider, and an
 * event `endpoint_failed` with the reason `not_revocable` says so.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see RFC 6749 section 6, RFC 7009
 */
export function oidcTokens(options: OidcTokensOptions): TokenProvider {
  const settings = parseOptions(schema, options, 'oidcTokens')
  const { issuer, clientId, parameters, now } = settings
  const { client, authentication, metadata, request } = openClient('oidcTokens', settings, OF_THE_PROTOCOL)
  return {
    id: JSON.stringify([issuer, clientId]),
    refresh: createTokenAsk(now, OVER, async ({ refreshToken }) => {
      const more = { ...request(), additionalParameters: parameters }
      const response = await oauth.refreshTokenGrantRequest(
        await metadata(),
        client,
        authentication,
        refreshToken,
        more,
      )
      const { status, headers } = response
      // Time counts for the body, too: one that does not end is an outage. One that is no JSON says nothing.
      const body = await response.text()
      return { status, headers, body: parsed(body) }
    }),
    async revoke({ refreshToken }) {
      const server = await metadata()
      if (server.revocation_endpoint === undefined) return 'unsupported'
      const hint = { token_type_hint: 'refresh_token' }
      const more = { ...request(), additionalParameters: hint }
      const response = await oauth.revocationRequest(server, client, authentication, refreshToken, more)
      await oauth.processRevocationResponse(response).catch((cause: unknown) => {
        throw plainCause(cause)
      })
      return undefined
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

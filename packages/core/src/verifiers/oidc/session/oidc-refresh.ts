import * as z from 'zod/mini'
import { createClosing } from '../../../outbound/closing.js'
import { assertEndpointUrl } from '../../../outbound/endpoint-url.js'
import { fetchOf } from '../../../outbound/fetch-json.js'
import { parseOptions } from '../../../settings/options.js'
import { object, text } from '../../../settings/schemas.js'
import {
  clientByKey,
  clientBySecret,
  createClientAuthentication,
  publicClient,
  type ConfidentialClient,
  type PublicClient,
} from '../../../verify/oauth/client-authentication.js'
import { openRefresh, refreshTiming, type RefreshTiming } from '../../../verify/sealed-session/refresh-options.js'
import { providerEndpoints } from './provider-endpoints.js'
import { renewedContent } from './renewed-content.js'
import type { OidcRefresh, RefreshableOidcSession } from './session-port.js'
import { createRevocationClient } from './revocation-client.js'
import { createTokenClient } from './token-client.js'

/** How this application authenticates to the provider: with a secret, a key, or, for a public client, nothing. */
export type OidcClient = ConfidentialClient | PublicClient

/** The options of `oidcRefresh`. */
export interface OidcRefreshOptions extends RefreshTiming {
  /** This application's client at the provider, which people signed in to. */
  readonly client: OidcClient
  /** Default: from the metadata of the issuer. `https`, or `http` on loopback. */
  readonly tokenEndpoint?: string
  /**
   * The endpoint that revokes the refresh token of a session that the app ends with `auth.signOut` or
   * `auth.endSession`. Default: from the metadata, if any; with `tokenEndpoint`, the metadata is not read. Null:
   * nothing is revoked. Use null for Google, where revoking one token ends every session of the person at the app.
   */
  readonly revocationEndpoint?: string | null
}

const schema = object({
  client: z.union(
    [clientBySecret(), clientByKey(), publicClient()],
    "{ id, secret }, { id, key, algorithm } or { id, method: 'none' }",
  ),
  tokenEndpoint: z.exactOptional(text),
  revocationEndpoint: z.exactOptional(z.nullable(text)),
  ...refreshTiming(),
})

/** Two metadata documents, the token endpoint, and a key set that may be fetched for an id token. */
const EXCHANGES = 4

/**
 * Refreshes the sessions of `oidcSession({ refresh })` during requests, so that the provider confirms each session
 * whenever its access token expires.
 *
 * An outage ends no session. While the access token would be valid, the session continues; after that, it is "cannot
 * tell". A later id token must be from the issuer, for this client and for the same subject. Any other id token proves
 * nothing and ends nothing.
 *
 * When the app ends a session, its refresh token is revoked at the provider, within `timeoutMs`. If the provider fails,
 * the session still ends here, with the event `session_end_failed`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see OpenID Connect Core 1.0 section 12, RFC 6749 section 6, RFC 7009
 */
export function oidcRefresh(options: OidcRefreshOptions): OidcRefresh {
  const owner = 'oidcRefresh'
  const { client: registered, tokenEndpoint, revocationEndpoint, ...timing } = parseOptions(schema, options, owner)
  const authentication = createClientAuthentication(registered, `${owner}.client`)
  const clientId = registered.id
  // The answer for a token that was not rotated is used for `keepMs` and must not expire sooner.
  const leastConfirmedSeconds = (2 * timing.keepMs) / 1000
  const given = {
    token: tokenEndpoint === undefined ? undefined : assertEndpointUrl(tokenEndpoint, `${owner}.tokenEndpoint`),
    revocation:
      typeof revocationEndpoint === 'string'
        ? assertEndpointUrl(revocationEndpoint, `${owner}.revocationEndpoint`)
        : revocationEndpoint,
  }
  return {
    leastConfirmedSeconds,
    about: timing.store?.about ?? null,
    open(parts) {
      const { issuer, context, insecure } = parts
      const closed = createClosing()
      const limits = { timeoutMs: timing.timeoutMs, fetch: fetchOf(parts.fetch), closed: closed.signal }
      const endpoints = providerEndpoints(given, issuer, limits, insecure, context.now)
      const client = createTokenClient(endpoints.token, authentication, context.now, limits)
      const judged = { ...parts, clientId, leastConfirmedSeconds, timeoutMs: timing.timeoutMs }
      const refresh = openRefresh<RefreshableOidcSession>(
        timing,
        EXCHANGES * timing.timeoutMs,
        parts,
        {
          async ask(session) {
            const answer = await client.ask(session.refreshToken)
            if (answer.outcome !== 'granted') return answer
            return { outcome: 'granted', content: await renewedContent(judged, session, answer.tokens) }
          },
          revoke: createRevocationClient(endpoints.revocation, authentication, context.now, limits),
          seal: parts.seal,
          keyPrefix: 'dualauth:oidc:',
        },
        () => closed.abort(),
      )
      return {
        ...refresh,
        ready: async () => void (await Promise.all([refresh.ready(), authentication.ready(), endpoints.token()])),
      }
    },
  }
}

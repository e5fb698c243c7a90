import type { OidcSession } from '@dualauth/core'
import { object, parseOptions, text, verifierName, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as oauth from 'oauth4webapi'
import * as z from 'zod/mini'
import { oidcClientOptions, openClient } from '../oidc/client-options.js'
import { signInError } from '../oidc/oidc-client.js'
import type { SignInHints, SignInProvider } from './provider.js'

/** The options of `oidcSignIn`. */
export interface OidcSignInOptions {
  /** Name of the verifier `oidc({ session })` that reads the session. */
  readonly verifier: string
  /** Exactly as in its metadata. `https`, or `http` on loopback. */
  readonly issuer: string
  /** The client id of this application at the provider. */
  readonly clientId: string
  /** Leave it out for a public client, which only PKCE protects. */
  readonly clientSecret?: string
  /** Default `client_secret_basic`. */
  readonly method?: 'client_secret_basic' | 'client_secret_post'
  /** The `oidcSession({ … })` of the verifier. */
  readonly session: OidcSession
  /** Default `openid profile email`. Add `offline_access`, or your provider's equivalent, to get a refresh token. */
  readonly scope?: string
  /**
   * Further parameters of the authorization request, such as `{ resource: … }`. Parameters of the protocol cannot be
   * replaced.
   */
  readonly parameters?: Readonly<Record<string, string>>
  /** The provider's parameter for an organization, such as `organization`. Default: none is sent. */
  readonly organizationParameter?: string
  /**
   * The claim of the id token to send as `logout_hint` at sign-out, such as `login_hint` of Microsoft Entra. Default:
   * none; the id token itself is sent as `id_token_hint`.
   */
  readonly logoutHintClaim?: string
  /** For one request to the provider, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
  /** Used for requests to the provider. Default: the platform's. */
  readonly fetch?: typeof fetch
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const schema = object({
  verifier: verifierName,
  ...oidcClientOptions,
  session: withMethods<OidcSession>(['begin', 'clear'], 'what oidcSession() returned'),
  scope: z._default(z.string('scopes with openid').check(z.regex(/(^| )openid( |$)/)), 'openid profile email'),
  organizationParameter: z.exactOptional(text),
  logoutHintClaim: z.exactOptional(text),
  timeoutMs: z._default(wholeBetween(100, 30_000), 5_000),
})

const OF_THE_PROTOCOL: readonly string[] = [
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]

/**
 * Sign-in at an OpenID Connect provider with the authorization code flow and PKCE, for `signInEndpoints`. The id token,
 * including its signature, is verified before a session starts.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see OpenID Connect Core 1.0 section 3.1, RFC 7636, RFC 9207
 */
export function oidcSignIn(options: OidcSignInOptions): SignInProvider {
  const parsed = parseOptions(schema, options, 'oidcSignIn')
  const { verifier, session, scope, parameters, organizationParameter, logoutHintClaim } = parsed
  const { client, authentication, metadata, request } = openClient('oidcSignIn', parsed, OF_THE_PROTOCOL)
  const hinted = (hints: SignInHints): Record<string, string> => ({
    ...(hints.loginHint !== null && { login_hint: hints.loginHint }),
    ...(hints.prompt !== null && { prompt: hints.prompt }),
    ...(hints.organization !== null &&
      organizationParameter !== undefined && { [organizationParameter]: hints.organization }),
  })
  return {
    verifier,
    begins: { session, issuer: parsed.issuer },
    async authorizationUrl({ redirectUri, state, nonce, codeChallenge, hints }) {
      const { authorization_endpoint: endpoint } = await metadata()
      if (endpoint === undefined) throw signInError(new Error('the metadata name no authorization_endpoint'))
      const url = new URL(endpoint)
      const protocol = {
        client_id: client.client_id,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope,
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries({ ...parameters, ...hinted(hints), ...protocol }))
        url.searchParams.set(name, value)
      return url
    },
    async finish({ callback, redirectUri, state, nonce, codeVerifier, begunAt, request: browser, now: at }) {
      const server = await metadata()
      const answer = await (async () => {
        const checked = oauth.validateAuthResponse(server, client, callback, state)
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          checked,
          redirectUri,
          codeVerifier,
          request(),
        )
        const found = await oauth.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: nonce,
          requireIdToken: true,
        })
        await oauth.validateApplicationLevelSignature(server, response, request())
        return found
      })().catch((cause: unknown) => {
        throw signInError(cause)
      })
      const claims = { ...oauth.getValidatedIdTokenClaims(answer) }
      const cookies = await session.begin({
        verifier,
        claims,
        answer: { ...answer },
        request: browser,
        now: at,
        // The id token repeats a nonce that was made then.
        signInBegunAt: begunAt,
      })
      const named = logoutHintClaim === undefined ? undefined : claims[logoutHintClaim]
      const logoutHint = typeof named === 'string' && named !== '' ? named : null
      return { cookies, signOut: { idToken: answer.id_token ?? null, logoutHint } }
    },
    async signOutUrl({ hints, returnTo }) {
      const { end_session_endpoint: endpoint } = await metadata()
      if (endpoint === undefined) return null
      const url = new URL(endpoint)
      url.searchParams.set('client_id', client.client_id)
      url.searchParams.set('post_logout_redirect_uri', returnTo)
      if (hints !== null && hints.idToken !== null) url.searchParams.set('id_token_hint', hints.idToken)
      if (hints !== null && hints.logoutHint !== null) url.searchParams.set('logout_hint', hints.logoutHint)
      return url
    },
    clear: (browser) => session.clear(browser),
    ready: async () => void (await metadata()),
  }
}

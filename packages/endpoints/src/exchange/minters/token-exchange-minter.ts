import { AuthError, type Minted, type MintRequest, type OidcSession, type SessionMinter } from '@dualauth/core'
import {
  functionOption,
  object,
  optionError,
  parseOptions,
  text,
  verifierName,
  wholeBetween,
  withMethods,
} from '@dualauth/core/settings'
import * as oauth from 'oauth4webapi'
import * as z from 'zod/mini'
import { oidcClientOptions, openClient } from '../../oidc/client-options.js'
import { signInError, type OidcClient } from '../../oidc/oidc-client.js'

/** The options of `tokenExchangeMinter`. */
export interface TokenExchangeMinterOptions {
  /** Name of the verifier `oidc({ … })` that reads the sessions, or the tokens. */
  readonly verifier: string
  /** Exactly as in its metadata. `https`, or `http` on loopback. */
  readonly issuer: string
  /** The client id of this application at the provider, with the token-exchange grant. */
  readonly clientId: string
  /** Default: none; the application is a public client. */
  readonly clientSecret?: string
  /** Default `client_secret_basic`. */
  readonly method?: 'client_secret_basic' | 'client_secret_post'
  /** The `oidcSession({ … })` of the verifier, for browsers. Default: only clients that ask for tokens are served. */
  readonly session?: OidcSession
  /** The type of the old credential for the provider. Default `urn:ietf:params:oauth:token-type:jwt`. */
  readonly subjectTokenType?: string
  /**
   * The token to send to the provider, such as an assertion of the application about the person. Default: the old
   * credential itself.
   */
  readonly subjectToken?: (request: MintRequest) => string | Promise<string>
  /** Default `openid`. Add `offline_access`, or your provider's equivalent, to get a refresh token. */
  readonly scope?: string
  /**
   * Further parameters, such as `{ audience: … }` or `{ resource: … }`. Parameters of the protocol cannot be replaced.
   */
  readonly parameters?: Readonly<Record<string, string>>
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
  session: z.exactOptional(withMethods<OidcSession>(['begin', 'clear'], 'what oidcSession() returned')),
  subjectTokenType: z._default(text, 'urn:ietf:params:oauth:token-type:jwt'),
  subjectToken: z.exactOptional(functionOption<NonNullable<TokenExchangeMinterOptions['subjectToken']>>()),
  scope: z._default(text, 'openid'),
  timeoutMs: z._default(wholeBetween(100, 30_000), 5_000),
})

type Settings = z.output<typeof schema>

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const OF_THE_PROTOCOL: readonly string[] = ['grant_type', 'scope', 'subject_token', 'subject_token_type', 'client_id']
/** By which a provider says that it does not take this subject token. @see RFC 8693 section 2.2.2 */
const NOT_TAKEN: readonly string[] = ['invalid_grant', 'invalid_request', 'invalid_target']

/**
 * Creates sessions by token exchange at an OpenID provider. A browser gets a sealed session (`oidcSession`) from the
 * provider's id token, whose signature is verified. A client that asks for tokens gets those of the provider. The
 * provider gets the old credential, unless `subjectToken` says otherwise.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see RFC 8693
 */
export function tokenExchangeMinter(options: TokenExchangeMinterOptions): SessionMinter {
  const settings = parseOptions(schema, options, 'tokenExchangeMinter')
  const { verifier } = settings
  const client = openClient('tokenExchangeMinter', settings, OF_THE_PROTOCOL)
  const held = new WeakMap<Minted, string>()
  return {
    verifier,
    begins: { session: settings.session, issuer: settings.issuer },
    async mint(request) {
      if (!request.tokens && settings.session === undefined)
        throw optionError('tokenExchangeMinter.session', 'is required for browsers')
      const answer = await exchanged(settings, client, request)
      if (answer === null) return null
      const minted = await mintedOf(settings, answer, request)
      held.set(minted, answer.refresh_token ?? answer.access_token)
      return minted
    },
    async end(minted) {
      const token = held.get(minted)
      if (token !== undefined) await revoke(client, token)
    },
  }
}

/** Null: the provider does not take this credential, or does not know the person. */
async function exchanged(
  { subjectToken, subjectTokenType, scope, parameters }: Settings,
  { client, authentication, metadata, request: bounded }: OidcClient,
  request: MintRequest,
): Promise<oauth.TokenEndpointResponse | null> {
  const server = await metadata()
  const subject = (await subjectToken?.(request)) ?? request.credential
  const fields = { ...parameters, scope, subject_token: subject, subject_token_type: subjectTokenType }
  try {
    const response = await oauth.genericTokenEndpointRequest(server, client, authentication, GRANT, fields, bounded())
    const answer = await oauth.processGenericTokenEndpointResponse(server, client, response)
    if (answer.id_token !== undefined) await oauth.validateApplicationLevelSignature(server, response, bounded())
    return answer
  } catch (cause) {
    if (cause instanceof oauth.ResponseBodyError && NOT_TAKEN.includes(cause.error)) return null
    const error = signInError(cause)
    throw error.status === 503 ? error : new AuthError('verifier_unavailable', { cause: error.cause })
  }
}

async function mintedOf(
  { verifier, session }: Settings,
  answer: oauth.TokenEndpointResponse,
  { tokens, amr, request, endsAt, now }: MintRequest,
): Promise<Minted> {
  if (tokens) {
    const { access_token: accessToken, expires_in: expiresIn, refresh_token: refreshToken } = answer
    const life = expiresIn ?? endsAt - Math.floor(now / 1000)
    return {
      kind: 'tokens',
      tokens: { accessToken, expiresIn: life, ...(refreshToken !== undefined && { refreshToken }) },
    }
  }
  const claims = oauth.getValidatedIdTokenClaims(answer)
  if (claims === undefined || session === undefined)
    throw new AuthError('verifier_unavailable', { cause: new Error('the token exchange returned no id token') })
  const begun = { verifier, claims: { ...claims, amr }, answer: { ...answer }, request, now, endsAt }
  return { kind: 'cookies', cookies: await session.begin(begun) }
}

/** Rejects if it was not ended. @see RFC 7009 */
async function revoke({ client, authentication, metadata, request }: OidcClient, token: string): Promise<void> {
  const response = await oauth.revocationRequest(await metadata(), client, authentication, token, request())
  await oauth.processRevocationResponse(response)
}

import { randomBytes, randomUUID } from 'node:crypto'
import { answer, type AnswerMode } from '../http/broken-answers.js'
import { sendJson } from '../http/exchange.js'
import { startLoopback, type Loopback } from '../http/loopback.js'
import { assertLifetime, timedClaims, type Lifetime } from '../jwt/timed-claims.js'
import { createKeySet, type KeySet, type KeySetOptions } from '../key-set/key-set.js'
import { assertKnown, type Known } from '../known-options.js'
import { createIntrospectionEndpoint, type IntrospectionControl } from './introspection.js'
import { createSignIns, sessionClaims, type OidcSignedIn, type OidcSignInOptions, type OidcTokens } from './sign-ins.js'
import { createTokenEndpoint, type TokenControl } from './token-endpoint.js'

/** The options of `startOidcProvider`. */
export interface OidcProviderOptions {
  /** Default `RS256`. */
  readonly algorithm?: KeySetOptions['algorithm']
  /** `aud` of access tokens. Default `https://api.example.com`. */
  readonly audience?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * A minimal OpenID provider on loopback: discovery, keys, introspection, tokens and refresh. It has no sign-in page.
 */
export interface OidcProvider extends Loopback {
  readonly issuer: string
  readonly audience: string
  readonly keySet: KeySet
  /** How discovery documents are answered, and which fields are overridden. */
  readonly discovery: { mode: AnswerMode; fields: Readonly<Record<string, unknown>>; readonly calls: number }
  readonly introspection: IntrospectionControl
  /** The token endpoint, for refreshes. */
  readonly token: TokenControl
  /** The client that may introspect and that people sign in to. */
  readonly client: { readonly id: string; readonly secret: string }
  /** A JWT access token (RFC 9068), valid for 5 minutes. The claims override those of a new subject. */
  accessToken(claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** An id token of the same subject. No API may accept it. */
  idToken(claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** A token that only introspection can judge. */
  opaqueToken(claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** Signs somebody in: returns what the token endpoint would answer, without the pages before it. */
  signIn(options?: OidcSignInOptions): OidcSignedIn
  /** Ends the provider's own session: its refresh tokens are refused from now on. */
  endSession(sid: string): void
  /** From now on, introspection reports the token as inactive. */
  revoke(token: string): void
}

type Claims = Readonly<Record<string, unknown>>

const DEFAULT_SECONDS = 300
const WELL_KNOWN = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

const SIGN_IN: Known<OidcSignInOptions> = { subject: true, claims: true, offline: true }
const OPTIONS: Known<OidcProviderOptions> = { algorithm: true, audience: true, now: true }

/**
 * Starts a provider whose key set and endpoints can be broken on command.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export async function startOidcProvider(options: OidcProviderOptions = {}): Promise<OidcProvider> {
  assertKnown(options, OPTIONS, 'startOidcProvider')
  const { algorithm = 'RS256', audience = 'https://api.example.com', now = Date.now } = options
  const client = { id: `client-${randomUUID()}`, secret: randomBytes(32).toString('hex') }
  const served = createKeySet({ algorithm })
  const tokens = new Map<string, Claims>()
  const discovery = { mode: 'ok' as AnswerMode, fields: {} as Claims, calls: 0 }
  const introspection = createIntrospectionEndpoint(client, (token) => {
    const claims = tokens.get(token)
    return claims !== undefined && Number(claims['exp']) * 1000 > now() ? claims : null
  })
  const signIns = createSignIns()
  const token = createTokenEndpoint(client, signIns, ({ subject, claims, refreshToken }) => {
    const later = token.control.claims
    return tokensOf(
      later === null ? null : { ...claims, ...later, sub: later['sub'] ?? subject },
      subject,
      refreshToken,
    )
  })
  const loopback = await startLoopback((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    if (path === '/jwks') return served.respond(request, response)
    if (path === '/introspect') return void introspection.respond(request, response)
    if (path === '/token') return void token.respond(request, response)
    if (!WELL_KNOWN.includes(path)) return sendJson(response, 404, { error: 'not_found' })
    discovery.calls++
    answer(discovery.mode, request, response, JSON.stringify({ ...metadata, ...discovery.fields }))
  })
  const issuer = loopback.origin
  const metadata = metadataOf(issuer, algorithm)

  const claimsOf = (claims: Claims, lifetime: Lifetime, owner: string): Claims => {
    assertLifetime(lifetime, `OidcProvider.${owner}`)
    return {
      iss: issuer,
      sub: `subject-${randomUUID()}`,
      aud: audience,
      client_id: client.id,
      jti: randomUUID(),
      ...timedClaims(now(), claims, lifetime, DEFAULT_SECONDS),
    }
  }
  function remember(token: string, claims: Claims): string {
    tokens.set(token, claims)
    return token
  }
  const idTokenOf = (claims: Claims, lifetime: Lifetime = {}): { claims: Claims; token: string } => {
    const whole = claimsOf({ aud: client.id, client_id: undefined, ...claims }, lifetime, 'idToken')
    return { claims: JSON.parse(JSON.stringify(whole)) as Claims, token: served.keySet.sign(whole) }
  }
  /** @param claims Claims of the id token; null: no id token. */
  function tokensOf(claims: Claims | null, subject: string, refreshToken: string | null): OidcTokens {
    const access = claimsOf({ sub: subject, scope: 'openid offline_access' }, {}, 'accessToken')
    return {
      access_token: remember(served.keySet.sign(access, { typ: 'at+jwt' }), access),
      token_type: 'Bearer',
      expires_in: token.control.expiresInSeconds,
      ...(claims === null ? {} : { id_token: idTokenOf(claims).token }),
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      scope: 'openid offline_access',
    }
  }
  return {
    ...loopback,
    issuer,
    audience,
    keySet: served.keySet,
    discovery,
    introspection: introspection.control,
    token: token.control,
    client,
    accessToken(claims = {}, lifetime = {}) {
      const whole = claimsOf(claims, lifetime, 'accessToken')
      return remember(served.keySet.sign(whole, { typ: 'at+jwt' }), whole)
    },
    idToken: (claims = {}, lifetime = {}) => idTokenOf({ nonce: randomUUID(), ...claims }, lifetime).token,
    opaqueToken: (claims = {}, lifetime = {}) =>
      remember(randomBytes(32).toString('base64url'), {
        token_type: 'Bearer',
        ...claimsOf(claims, lifetime, 'opaqueToken'),
      }),
    signIn(options = {}) {
      assertKnown(options, SIGN_IN, 'OidcProvider.signIn')
      const { subject = `subject-${randomUUID()}`, offline = true } = options
      const session = { ...sessionClaims(now(), options.claims ?? {}), sub: subject }
      const refreshToken = signIns.begin(subject, session, offline)
      const { claims, token: idToken } = idTokenOf({ nonce: randomUUID(), ...session })
      return {
        subject,
        sid: String(claims['sid']),
        claims,
        answer: { ...tokensOf(null, subject, refreshToken), id_token: idToken },
      }
    },
    endSession: (sid) => signIns.endSession(sid),
    revoke: (token) => void tokens.delete(token),
  }
}

function metadataOf(issuer: string, algorithm: string): Claims {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  }
}

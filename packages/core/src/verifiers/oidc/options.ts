import * as z from 'zod/mini'
import {
  clockTolerance,
  functionOption,
  nonEmpty,
  isText,
  object,
  text,
  texts,
  verifierName,
  withMethods,
} from '../../settings/schemas.js'
import { optionError, ownerOf, parseOptions } from '../../settings/options.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import { DEFAULT_ISSUERS_MAX_AGE_MS, issuersMaxAge, type FindIssuer } from '../../keys/key-set/issuer-directory.js'
import { insecureHostOf, keySetSettings, type KeySetSettings } from '../../keys/key-set/key-set-options.js'
import { assertEndpointUrl, type InsecureHost } from '../../outbound/endpoint-url.js'
import { carriageOf, carriersOption, shareCarrier, type Carriage, type Carriers } from '../../route/carriers.js'
import { ANY_ISSUER, kindOfIssuer } from '../../route/issuers.js'
import { PUBLIC_KEY_ALGORITHMS } from '../../verify/jwt/algorithms.js'
import {
  createIdentityReader,
  oauthMapping,
  type OAuthMapping,
  type IdentityReader,
} from '../../verify/oauth/oauth-identity.js'
import { claimReader, claimSource, type ClaimReader, type ClaimSource } from '../../settings/claim-source.js'
import { clientOptions, clientRules, type ClientOptions } from '../../verify/oauth/client-options.js'
import type { ClientRules } from '../../verify/oauth/oauth-client.js'
import type { AccessTokenProfile } from './access-token.js'
import type { OidcSession } from './session/session-port.js'

/** The options of `oidc`. */
export interface OidcOptions<Name extends string = string> extends OAuthMapping, ClientOptions {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /**
   * Exactly as in the provider's `iss` and metadata. `https`, or `http` on loopback. A part of the path in braces makes
   * it a pattern for any tenant of one directory: `https://login.microsoftonline.com/{tenantid}/v2.0`.
   */
  readonly issuer?: string
  /**
   * Replaces `issuer`: looks up keys by the `iss` of a token, for a changing list of issuers. Returns `{ keySetUrl }`
   * or `{ keys }`, or null if the issuer is unknown. The verifier owns every token with an issuer.
   */
  readonly issuers?: FindIssuer
  /** How long an answer of `issuers` is used, in milliseconds, at most a day. Default 5 minutes. */
  readonly issuersMaxAgeMs?: number
  /** If `issuer` is a pattern: the claim that must equal its named part; see `ClaimSource`. Default `tid`. */
  readonly tenantClaim?: ClaimSource
  /**
   * If `issuer` is a pattern: the accepted tenants, as a list or a function. A throw counts as "cannot tell" (503).
   * Default: every tenant of the directory.
   */
  readonly tenants?: readonly string[] | ((tenant: string) => MaybePromise<boolean>)
  /**
   * Exact `aud`; one match is enough: the provider's name for this API, not a client id. False acknowledges that the
   * provider sends none; then `clientId` or `authorizedParty` is required.
   */
  readonly audience: string | readonly string[] | false
  /** The URL of the key set; metadata is then not read. `https`, or `http` on loopback. */
  readonly keySetUrl?: string
  /** Settings for the key set. `timeoutMs`, `fetch` and `waitUntil` apply to the metadata, too. */
  readonly keySetOptions?: KeySetSettings
  /** The accepted algorithms. Default RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly PublicKeyAlgorithm[]
  /** `'rfc9068'`, the default, requires `typ: at+jwt`; `'plain-jwt'` is for providers that do not set it. */
  readonly profile?: AccessTokenProfile
  /** The carriers of tokens. Default `['bearer']`. */
  readonly carriers?: Carriers
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /**
   * `oidcSession({ … })` also creates and reads sealed session cookies. Requires one exact `issuer`. Default: access
   * tokens only.
   */
  readonly session?: OidcSession
}

const schema = object({
  name: verifierName,
  issuer: z.exactOptional(text),
  issuers: z.exactOptional(functionOption<FindIssuer>()),
  issuersMaxAgeMs: issuersMaxAge,
  tenantClaim: z.exactOptional(claimSource),
  tenants: z.exactOptional(z.custom<NonNullable<OidcOptions['tenants']>>(isTenants, 'a list of tenants or a function')),
  audience: z.union([texts, z.literal(false)], 'a string, a list of strings or false'),
  keySetUrl: z.exactOptional(text),
  keySetOptions: z.prefault(keySetSettings, {}),
  algorithms: z._default(nonEmpty(z.enum(PUBLIC_KEY_ALGORITHMS)), ['RS256', 'PS256', 'ES256', 'EdDSA']),
  profile: z._default(z.enum(['rfc9068', 'plain-jwt']), 'rfc9068'),
  carriers: carriersOption,
  clockToleranceSeconds: clockTolerance,
  session: z.exactOptional(withMethods<OidcSession>(['open'], 'what oidcSession() returned')),
  ...clientOptions(),
  ...oauthMapping(),
})

function isTenants(value: unknown): boolean {
  return typeof value === 'function' || (Array.isArray(value) && value.length > 0 && value.every(isText))
}

/** The rule that binds a token to the tenant in its issuer. */
export interface TenantRule {
  readonly claim: ClaimReader
  allows(tenant: string): MaybePromise<boolean>
  /** Whether the answer may change; if so, it is checked on every request. */
  readonly changes: boolean
}

export interface ParsedOidc {
  readonly name: string
  /** For messages: `oidc(name)`. */
  readonly owner: string
  /** Exact, a pattern, or `ANY_ISSUER` if `issuers` decides. */
  readonly issuer: string
  readonly issuers: FindIssuer | null
  readonly issuersMaxAgeMs: number
  /** Null if the issuer is exact. */
  readonly tenant: TenantRule | null
  readonly audiences: readonly string[] | null
  readonly clientRules: ClientRules
  readonly keySetUrl: string | null
  readonly keySetOptions: KeySetSettings
  readonly algorithms: readonly PublicKeyAlgorithm[]
  readonly profile: AccessTokenProfile
  readonly carriage: Carriage
  readonly clockToleranceSeconds: number
  readonly identity: IdentityReader
  readonly session: OidcSession | null
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseOidcOptions(options: unknown): ParsedOidc {
  const owner = ownerOf('oidc', options)
  const parsed = parseOptions(schema, options, owner)
  const insecure = insecureHostOf(parsed.keySetOptions)
  const issuer = issuerOf(parsed, owner)
  if (issuer !== ANY_ISSUER) assertIssuer(issuer, `${owner}.issuer`, insecure)
  const { audience } = parsed
  // Otherwise every application of the provider would be accepted.
  if (audience === false && parsed.clientId === undefined && parsed.authorizedParty === undefined)
    throw optionError(`${owner}.audience`, 'is false, so clientId or authorizedParty is required')
  const carriage = carriageOf(parsed.carriers)
  const keySetUrl = parsed.keySetUrl ?? null
  if (keySetUrl !== null) assertEndpointUrl(keySetUrl, `${owner}.keySetUrl`, insecure)
  return {
    name: parsed.name,
    owner,
    issuer,
    issuers: parsed.issuers ?? null,
    issuersMaxAgeMs: parsed.issuersMaxAgeMs ?? DEFAULT_ISSUERS_MAX_AGE_MS,
    tenant: tenantRuleOf({ ...parsed, issuer }, owner),
    audiences: audience === false ? null : typeof audience === 'string' ? [audience] : audience,
    clientRules: clientRules(parsed),
    keySetUrl,
    keySetOptions: parsed.keySetOptions,
    algorithms: parsed.algorithms,
    profile: parsed.profile,
    carriage,
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    identity: createIdentityReader(parsed, owner),
    session: sessionOf(parsed.session, issuer, carriage, owner),
  }
}

/** People sign in at one issuer, which the seal names. */
function sessionOf(
  session: OidcSession | undefined,
  issuer: string,
  carriage: Carriage,
  owner: string,
): OidcSession | null {
  if (session === undefined) return null
  if (kindOfIssuer(issuer) !== 'exact') throw optionError(`${owner}.session`, 'needs one exact `issuer`')
  if (shareCarrier(session.shape.carriage, carriage))
    throw optionError(`${owner}.carriers`, 'names the cookie of the sealed session')
  return session
}

function issuerOf(
  {
    issuer,
    issuers,
    issuersMaxAgeMs,
    keySetUrl,
  }: Pick<OidcOptions, 'issuer' | 'issuers' | 'issuersMaxAgeMs' | 'keySetUrl'>,
  owner: string,
): string {
  if (issuers === undefined) {
    if (issuersMaxAgeMs !== undefined) throw optionError(`${owner}.issuersMaxAgeMs`, 'belongs to `issuers`')
    if (issuer === undefined) throw optionError(`${owner}.issuer`, 'is required: a non-empty string')
    return issuer
  }
  for (const [option, value] of Object.entries({ issuer, keySetUrl }))
    if (value !== undefined) throw optionError(`${owner}.${option}`, 'is decided by `issuers`; give one of the two')
  return ANY_ISSUER
}

function tenantRuleOf(
  { issuer, tenantClaim, tenants }: Pick<OidcOptions, 'tenantClaim' | 'tenants'> & { readonly issuer: string },
  owner: string,
): TenantRule | null {
  if (kindOfIssuer(issuer) === 'pattern') {
    const allows = typeof tenants === 'function' ? tenants : (tenant: string) => tenants?.includes(tenant) ?? true
    const claim = claimReader(tenantClaim ?? 'tid', `${owner}.tenantClaim`)
    return { claim, allows, changes: typeof tenants === 'function' }
  }
  for (const [option, value] of Object.entries({ tenantClaim, tenants }))
    if (value !== undefined) throw optionError(`${owner}.${option}`, 'needs a pattern in `issuer`')
  return null
}

const METADATA_PATH = /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(?:\/|$)/

/** How guides write the variable part; only braces make a pattern. */
const PLACEHOLDER = /\/(?::[A-Za-z][^/]*|<[^/]*>|\[[^/]*\]|%7B[^/]*%7D)(?:\/|$)/i
/** Addresses where people sign in; their tokens are issued by a tenant, named by its id. */
const ENTRA_ALIAS =
  /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\/(?:common|organizations|consumers)(?:\/|$)/i

/** @see RFC 8414 section 2: no query, no fragment. */
function assertIssuer(issuer: string, path: string, insecure: InsecureHost): void {
  if (kindOfIssuer(issuer) === 'wrong')
    throw optionError(path, 'may hold one part in braces, as a whole segment of its path, such as `/{tenantid}/`')
  if (PLACEHOLDER.test(issuer))
    throw optionError(path, 'contains a placeholder; write a variable part in braces: `/{tenantid}/`')
  if (ENTRA_ALIAS.test(issuer))
    throw optionError(
      path,
      'is not the issuer of tokens: tokens contain the id of a tenant, as in https://login.microsoftonline.com/{tenantid}/v2.0 for any tenant',
    )
  assertEndpointUrl(issuer, path, insecure)
  if (/[?#]/.test(issuer)) throw optionError(path, 'must have no query and no fragment')
  if (issuer.includes('*'))
    throw optionError(path, 'must not contain `*`; write a variable part in braces: `/{tenantid}/`')
  if (METADATA_PATH.test(issuer)) throw optionError(path, 'is what `iss` says, not the address of the metadata')
}

import * as z from 'zod/mini'
import { acceptance, assertAcceptance, type Acceptance } from '../../settings/acceptance.js'
import {
  between,
  clockTolerance,
  functionOption,
  isObject,
  isText,
  nonEmpty,
  object,
  secretList,
  texts,
  verifierName,
} from '../../settings/schemas.js'
import { optionError, ownerOf, parseOptions } from '../../settings/options.js'
import type { PublicJwk, PublicKeyAlgorithm, SignatureAlgorithm } from '../../crypto/port.js'
import type { PublicKeyInput } from '../../keys/import/import-key.js'
import { DEFAULT_ISSUERS_MAX_AGE_MS, issuersMaxAge, type FindIssuer } from '../../keys/key-set/issuer-directory.js'
import { keySetSettings, type KeySetSettings } from '../../keys/key-set/key-set-options.js'
import type { RemoteKeySet } from '../../keys/key-set/key-set-at.js'
import type { AcceptWeakSecret } from '../../keys/secrets/secret-list.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { carriageOf, carriersOption, type Carriage, type Carriers } from '../../route/carriers.js'
import { exactIssuer } from '../../route/issuers.js'
import type { VerifiedIdentity } from '../../route/verifier.js'
import { assertLoadBalancer, loadBalancerOption, OIDC_DATA, type LoadBalancer } from './load-balancer.js'
import { claimSource, type ClaimSource } from '../../settings/claim-source.js'
import { mappedClaims, type MappedClaimNames } from '../../verify/jwt/claim-mapping.js'
import { clientOptions, type ClientOptions } from '../../verify/oauth/client-options.js'
import type { StandardSchema } from '../../verify/jwt/standard-schema.js'

/** How to distinguish an access token from refresh, reset and id tokens of the same key. */
export type PurposeRule =
  | { readonly claim: ClaimSource; readonly value: string | readonly string[] }
  | { readonly header: 'typ'; readonly value: string | readonly string[] }
  /**
   * Acknowledges that this key signs only access tokens. A token that claims to be something else, such as `type:
   * 'refresh'`, is still refused.
   */
  | 'only-access-tokens'

/** Where to find the members of a principal in the claims. Each is a name, a path or a function; see `ClaimSource`. */
export type LegacyClaimNames = MappedClaimNames

/** The options of `legacyJwt`. Requires exactly one of `secrets`, `keys`, `keySet`, `issuers` and `loadBalancer`. */
export interface LegacyJwtOptions<Name extends string = string, Claims = unknown> extends ClientOptions {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The accepted algorithms. HMAC and public-key algorithms cannot be mixed. */
  readonly algorithms: readonly SignatureAlgorithm[]
  /** HMAC secrets, newest first, each at least as long as the hash. */
  readonly secrets?: readonly (string | Uint8Array)[]
  /** PEM (SPKI, PKCS #1, certificates), DER, JSON Web Keys, KeyObjects or WebCrypto keys. */
  readonly keys?: readonly PublicKeyInput[]
  /** `keySetAt(url)` fetches the issuer's JWK set. A JWK set of the app itself is also accepted. */
  readonly keySet?: RemoteKeySet | { readonly keys: readonly PublicJwk[] }
  /**
   * Looks up keys by the `iss` of a token, for a changing list of issuers. Returns `{ secrets }`, `{ keys }` or `{
   * keySetUrl }`, or null if the issuer is unknown. The verifier owns every token with an issuer.
   */
  readonly issuers?: FindIssuer
  /** How long an answer of `issuers` is used, in milliseconds, at most a day. Default 5 minutes. */
  readonly issuersMaxAgeMs?: number
  /**
   * Accepts only the padded tokens of these AWS load balancers. `algorithms` is then `['ES256']`, `carriers` defaults
   * to the header `x-amzn-oidc-data`, and `clientId` is compared with `client` in the header.
   */
  readonly loadBalancer?: LoadBalancer
  /** Settings for the key sets of `issuers` and the keys of `loadBalancer`. `keySetAt` has its own. */
  readonly keySetOptions?: KeySetSettings
  /** Exact `iss`. Without it, only tokens without an issuer are accepted. */
  readonly issuer?: string | readonly string[]
  /** Exact `aud`; one match is enough. Without it, `aud` is not checked. */
  readonly audience?: string | readonly string[]
  /**
   * Required, because otherwise a refresh or reset token of the same key would pass as an access token: `{ claim:
   * 'type', value: 'access' }`, `{ header: 'typ', value: 'at+jwt' }`, or `'only-access-tokens'` if this key signs
   * nothing else.
   */
  readonly purpose: PurposeRule
  /** Custom names or places of claims. Default: `sub`, `roles`, `permissions`, `sid`, `email`. */
  readonly claims?: LegacyClaimNames
  /** Checks the claims after everything else, and types `principal.claims` (Standard Schema: zod, valibot, arktype). */
  readonly schema?: StandardSchema<Claims>
  /** The carriers of tokens. Default `['bearer']`. */
  readonly carriers?: Carriers
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /** Accepts tokens without `exp`, up to this age by `iat`. Without it `exp` is required. */
  readonly maxAgeSeconds?: number
  /** Called on every request. A throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<Claims>) => MaybePromise<boolean>
  /** Allows secrets that are short, easy to guess or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
  /** Accepts tokens of any age without `exp`, until a date. Cannot be combined with `maxAgeSeconds`. */
  readonly acceptUnlimited?: AcceptUnlimited
}

/** Accepts inherited tokens that never expire. Only `auth.revoke` and `isRevoked` end them. */
export type AcceptUnlimited = Acceptance

const HMAC = ['HS256', 'HS384', 'HS512'] as const
const PUBLIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const purpose = z.union(
  [
    z.literal('only-access-tokens'),
    object({ claim: claimSource, value: texts }),
    object({ header: z.literal('typ'), value: texts }),
  ],
  "{ claim, value }, { header: 'typ', value } or 'only-access-tokens'",
)

const schema = object({
  name: verifierName,
  algorithms: nonEmpty(z.enum([...HMAC, ...PUBLIC])),
  secrets: z.exactOptional(secretList),
  keys: z.exactOptional(
    nonEmpty(
      z.custom<PublicKeyInput>(
        (value) => isText(value) || isObject(value),
        'PEM, DER, a JSON Web Key, a KeyObject or a CryptoKey',
      ),
    ),
  ),
  keySet: z.exactOptional(
    z.custom<NonNullable<LegacyJwtOptions['keySet']>>(isKeySet, 'keySetAt(url), or a JWK set, { keys: [ … ] }'),
  ),
  issuers: z.exactOptional(functionOption<FindIssuer>()),
  issuersMaxAgeMs: issuersMaxAge,
  loadBalancer: z.exactOptional(loadBalancerOption),
  keySetOptions: z.exactOptional(keySetSettings),
  issuer: z.exactOptional(z.union([exactIssuer, nonEmpty(exactIssuer)], 'an exact issuer or a list of issuers')),
  audience: z.exactOptional(texts),
  purpose,
  claims: z.exactOptional(mappedClaims),
  schema: z.exactOptional(
    z.custom<StandardSchema>(
      (value) => typeof (value as StandardSchema | null | undefined)?.['~standard']?.validate === 'function',
      'a Standard Schema, such as z.object({ … }) of zod',
    ),
  ),
  carriers: carriersOption,
  clockToleranceSeconds: clockTolerance,
  maxAgeSeconds: z.exactOptional(between(1, 10 * 366 * 86_400)),
  isRevoked: z.exactOptional(functionOption<(identity: VerifiedIdentity) => MaybePromise<boolean>>()),
  acceptWeakSecret: z.exactOptional(acceptance),
  acceptUnlimited: z.exactOptional(acceptance),
  ...clientOptions(),
})

function isKeySet(set: unknown): boolean {
  const { keys, open } = isObject(set) ? (set as { keys?: unknown; open?: unknown }) : {}
  return typeof open === 'function' || (Array.isArray(keys) && keys.every(isObject))
}

export interface ParsedLegacyJwt extends LegacyJwtOptions {
  readonly carriage: Carriage
  readonly clockToleranceSeconds: number
  /** For messages: `legacyJwt(name)`. */
  readonly owner: string
  readonly issuersMaxAgeMs: number
  readonly family: 'hmac' | 'public'
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseLegacyJwtOptions(options: unknown): ParsedLegacyJwt {
  const owner = ownerOf('legacyJwt', options)
  const parsed = parseOptions(schema, options, owner)
  const symmetric = parsed.algorithms.filter((algorithm) => (HMAC as readonly string[]).includes(algorithm))
  if (symmetric.length > 0 && symmetric.length < parsed.algorithms.length) {
    throw optionError(`${owner}.algorithms`, 'mixes HMAC and public-key algorithms; use two verifiers')
  }
  const family = symmetric.length > 0 ? 'hmac' : 'public'
  assertOneKeySource(parsed, family, owner)
  assertUnlimited(parsed, owner)
  const { issuersMaxAgeMs = DEFAULT_ISSUERS_MAX_AGE_MS } = parsed
  const carriers = parsed.carriers ?? (parsed.loadBalancer === undefined ? undefined : OIDC_DATA)
  return { ...parsed, carriage: carriageOf(carriers), issuersMaxAgeMs, owner, family }
}

function assertUnlimited({ acceptUnlimited, maxAgeSeconds }: LegacyJwtOptions, owner: string): void {
  if (acceptUnlimited === undefined) return
  if (maxAgeSeconds !== undefined)
    throw optionError(`${owner}.acceptUnlimited`, 'contradicts maxAgeSeconds, which ends tokens without exp')
  assertAcceptance(acceptUnlimited, `${owner}.acceptUnlimited`, 'such tokens must have ended', Date.now())
}

const KEY_SOURCES = ['secrets', 'keys', 'keySet', 'issuers', 'loadBalancer'] as const

function assertOneKeySource(parsed: LegacyJwtOptions, family: 'hmac' | 'public', owner: string): void {
  const sources = KEY_SOURCES.filter((source) => parsed[source] !== undefined)
  if (sources.length !== 1) throw optionError(owner, `needs exactly one of ${KEY_SOURCES.join(', ')}`)
  if (parsed.issuersMaxAgeMs !== undefined && sources[0] !== 'issuers')
    throw optionError(`${owner}.issuersMaxAgeMs`, 'belongs to `issuers`')
  if (parsed.keySetOptions !== undefined && sources[0] !== 'issuers' && sources[0] !== 'loadBalancer')
    throw optionError(`${owner}.keySetOptions`, 'belongs to `issuers` and `loadBalancer`')
  if (parsed.loadBalancer !== undefined) return assertLoadBalancer(parsed.loadBalancer, parsed, owner)
  if (sources[0] === 'issuers') {
    if (parsed.issuer !== undefined)
      throw optionError(`${owner}.issuer`, 'is decided by `issuers`; give one of the two')
    return
  }
  const isSecrets = sources[0] === 'secrets'
  if (family === 'hmac' && !isSecrets)
    throw optionError(
      `${owner}.${sources[0]}`,
      `does not fit the algorithm ${parsed.algorithms[0]}; HMAC needs \`secrets\``,
    )
  if (family === 'public' && isSecrets)
    throw optionError(`${owner}.secrets`, `does not fit the algorithm ${parsed.algorithms[0]}; it needs public keys`)
}

export function publicAlgorithms(parsed: ParsedLegacyJwt): readonly PublicKeyAlgorithm[] {
  return parsed.algorithms as readonly PublicKeyAlgorithm[]
}

export function asList(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null
  return typeof value === 'string' ? [value] : value
}

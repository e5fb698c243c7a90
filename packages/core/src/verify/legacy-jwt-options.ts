import * as z from 'zod/mini'
import { functionOption, mustBe, optionError, ownerOf, parseOptions, verifierName } from '../errors/options.js'
import type { PublicJwk, PublicKeyAlgorithm, SignatureAlgorithm } from '../keys/crypto.js'
import type { PublicKeyInput } from '../keys/import-key.js'
import { assertKeySetUrl } from '../keys/key-set.js'
import { keySetSettings, type KeySetSettings } from '../keys/key-set-options.js'
import type { AcceptWeakSecret } from '../keys/secrets.js'
import type { MaybePromise } from '../keys/crypto.js'
import type { VerifiedIdentity } from '../route/verifier.js'
import type { StandardSchema } from './standard-schema.js'

/** How an access token is told from refresh, reset and id tokens of the same key. */
export type PurposeRule =
  | { readonly claim: string; readonly value: string | readonly string[] }
  | { readonly header: 'typ'; readonly value: string | readonly string[] }
  /** Acknowledges that this key signs nothing but access tokens. */
  | 'only-access-tokens'

/** Names of the claims that home-grown tokens use for what a principal holds. */
export interface LegacyClaimNames {
  /** Default `sub`. Any other name may hold a string or a safe integer. */
  readonly subject?: string
  /** A string or a list of strings. Default `roles`. */
  readonly roles?: string
  /** A list of strings, or a string separated by spaces. Default `permissions`. */
  readonly permissions?: string
  /** Default: none is read. */
  readonly organization?: string
  /** Default `sid`. */
  readonly sessionId?: string
  /** Default `email`. Exposed as `principal.email`; never used to find an account. */
  readonly email?: string
}

/** What `legacyJwt` takes: exactly one of `secrets`, `keys`, `keySet` and `keySetUrl`. */
export interface LegacyJwtOptions<Name extends string = string, Claims = unknown> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** Pinned; HMAC and public-key algorithms never mix. */
  readonly algorithms: readonly SignatureAlgorithm[]
  /** HMAC secrets, newest first, each as long as the hash. */
  readonly secrets?: readonly (string | Uint8Array)[]
  /** PEM (SPKI), JSON Web Keys or WebCrypto keys. */
  readonly keys?: readonly PublicKeyInput[]
  /** A JWK set that the app holds itself. */
  readonly keySet?: { readonly keys: readonly PublicJwk[] }
  /** A JWK set to fetch; `https`, or `http` on loopback. */
  readonly keySetUrl?: string
  /** How the key set of `keySetUrl` is kept. */
  readonly keySetOptions?: KeySetSettings
  /** Exact `iss`. Without it, only tokens that name no issuer are owned. */
  readonly issuer?: string | readonly string[]
  /** Exact `aud`, one suffices. Without it `aud` is not looked at. */
  readonly audience?: string | readonly string[]
  /**
   * Required, because a refresh or reset token of the same key is otherwise an access token:
   * `{ claim: 'type', value: 'access' }`, `{ header: 'typ', value: 'at+jwt' }`, or `'only-access-tokens'`
   * where this key signs nothing else.
   */
  readonly purpose: PurposeRule
  /** Where claims have names of their own. Default: `sub`, `roles`, `permissions`, `sid`, `email`. */
  readonly claims?: LegacyClaimNames
  /** Judges the claims after everything else and types `principal.claims` (Standard Schema: zod, valibot, arktype). */
  readonly schema?: StandardSchema<Claims>
  /** Where tokens travel. Default `['bearer']`. */
  readonly carriers?: readonly ('bearer' | { readonly cookie: string } | { readonly header: string })[]
  /** Default 5, at most 300. */
  readonly clockToleranceSeconds?: number
  /** Accepts tokens without `exp`, up to this age by `iat`. Without it `exp` is required. */
  readonly maxAgeSeconds?: number
  /** Asked on every request; a throw counts as "cannot tell" (503). */
  readonly isRevoked?: (identity: VerifiedIdentity<Claims>) => MaybePromise<boolean>
  /** Admits secrets that are short, easy to guess or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

const HMAC = ['HS256', 'HS384', 'HS512'] as const
const PUBLIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const text = z.string().check(z.minLength(1))
const texts = z.union([text, z.array(text).check(z.minLength(1))], mustBe('a string or a list of strings'))
const claimName = z.optional(text)
const fieldName = z.string().check(z.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, mustBe('the name of a cookie')))
// Those two have carriers of their own; as a plain header each would be a second credential.
const ownHeader = z
  .string()
  .check(
    z.regex(
      /^(?!(?:authorization|cookie)$)[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/i,
      mustBe('the name of a header other than authorization and cookie'),
    ),
  )
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, mustBe('a Uint8Array'))

const schema = z.strictObject({
  name: verifierName,
  algorithms: z.array(z.enum([...HMAC, ...PUBLIC])).check(z.minLength(1)),
  secrets: z.optional(z.array(z.union([z.string(), bytes])).check(z.minLength(1))),
  keys: z.optional(
    z
      .array(
        z.custom<PublicKeyInput>(
          (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
          mustBe('PEM, a JSON Web Key or a CryptoKey'),
        ),
      )
      .check(z.minLength(1)),
  ),
  keySet: z.optional(
    z.object({
      keys: z.array(
        z.custom<PublicJwk>((value) => typeof value === 'object' && value !== null, mustBe('a JSON Web Key')),
      ),
    }),
  ),
  keySetUrl: z.optional(z.string()),
  keySetOptions: z.optional(keySetSettings),
  issuer: z.optional(texts),
  audience: z.optional(texts),
  purpose: z.union(
    [
      z.literal('only-access-tokens'),
      z.strictObject({ claim: text, value: texts }),
      z.strictObject({ header: z.literal('typ'), value: texts }),
    ],
    mustBe("{ claim, value }, { header: 'typ', value } or 'only-access-tokens'"),
  ),
  claims: z.optional(
    z.strictObject({
      subject: claimName,
      roles: claimName,
      permissions: claimName,
      organization: claimName,
      sessionId: claimName,
      email: claimName,
    }),
  ),
  schema: z.optional(
    z.custom<StandardSchema>(
      (value) => typeof (value as StandardSchema | null)?.['~standard']?.validate === 'function',
      mustBe('a Standard Schema, such as z.object({ … }) of zod'),
    ),
  ),
  carriers: z.optional(
    z
      .array(
        z.union(
          [z.literal('bearer'), z.strictObject({ cookie: fieldName }), z.strictObject({ header: ownHeader })],
          mustBe("'bearer', { cookie: name } or { header: name }"),
        ),
      )
      .check(z.minLength(1)),
  ),
  clockToleranceSeconds: z.optional(z.number().check(z.minimum(0), z.maximum(300))),
  maxAgeSeconds: z.optional(z.number().check(z.minimum(1), z.maximum(10 * 366 * 86_400))),
  isRevoked: z.optional(functionOption<(identity: VerifiedIdentity) => MaybePromise<boolean>>()),
  acceptWeakSecret: z.optional(z.strictObject({ until: text, reason: text })),
})

export interface ParsedLegacyJwt extends LegacyJwtOptions {
  /** For messages: `legacyJwt(name)`. */
  readonly owner: string
  readonly family: 'hmac' | 'public'
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseLegacyJwtOptions(options: unknown): ParsedLegacyJwt {
  const owner = ownerOf('legacyJwt', options)
  const parsed = parseOptions(schema, options, owner) as LegacyJwtOptions
  const symmetric = parsed.algorithms.filter((algorithm) => (HMAC as readonly string[]).includes(algorithm))
  if (symmetric.length > 0 && symmetric.length < parsed.algorithms.length) {
    throw optionError(`${owner}.algorithms`, 'mixes HMAC and public-key algorithms; use two verifiers')
  }
  const family = symmetric.length > 0 ? 'hmac' : 'public'
  assertOneKeySource(parsed, family, owner)
  if (parsed.keySetUrl !== undefined) assertKeySetUrl(parsed.keySetUrl, `${owner}.keySetUrl`)
  else if (parsed.keySetOptions !== undefined) throw optionError(`${owner}.keySetOptions`, 'belongs to keySetUrl')
  return { ...parsed, owner, family }
}

function assertOneKeySource(parsed: LegacyJwtOptions, family: 'hmac' | 'public', owner: string): void {
  const sources = (['secrets', 'keys', 'keySet', 'keySetUrl'] as const).filter((source) => parsed[source] !== undefined)
  if (sources.length !== 1) throw optionError(owner, 'needs exactly one of secrets, keys, keySet, keySetUrl')
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

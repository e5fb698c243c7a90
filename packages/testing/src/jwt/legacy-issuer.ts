import { randomBytes } from 'node:crypto'
import type { PublicJwk, SignatureAlgorithm } from '@dualauth/core'
import { assertKnown, type Known } from '../known-options.js'
import { signJwt, type SignJwtOptions } from './sign-jwt.js'
import { createSigningKey, type KeyPairAlgorithm } from './signing-key.js'
import { timedClaims, type Lifetime } from './timed-claims.js'

/** Options of every home-grown issuer. */
export interface LegacyIssuerOptions {
  /** Claims of every token. Claims passed to `sign` take precedence. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Default 900. */
  readonly expiresInSeconds?: number
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** Options of an issuer that signs with an HMAC secret. */
export interface LegacySecretOptions extends LegacyIssuerOptions {
  /** Default `HS256`. */
  readonly algorithm?: 'HS256' | 'HS384' | 'HS512'
  /** Default: 48 random bytes, in base64url. */
  readonly secret?: string
}

/** Options of an issuer that signs with a private key. */
export interface LegacyKeyPairOptions extends LegacyIssuerOptions {
  /** The key pair is created to fit it. */
  readonly algorithm: KeyPairAlgorithm
}

/** Options of one token. */
export interface LegacySignOptions extends Lifetime {
  /** Overrides members of `{ alg, typ: 'JWT' }`. */
  readonly header?: Readonly<Record<string, unknown>>
}

/** Signs home-grown tokens. */
export interface LegacyIssuer {
  /** A claim whose value is `undefined` is left out, such as `{ exp: undefined }`. */
  sign(claims: Readonly<Record<string, unknown>>, options?: LegacySignOptions): string
}

/** Its secret is for `legacyJwt({ secrets })`. */
export interface LegacySecretIssuer extends LegacyIssuer {
  readonly secret: string
}

/** Its public key is for `legacyJwt({ keys })`. */
export interface LegacyKeyPairIssuer extends LegacyIssuer {
  readonly publicJwk: PublicJwk
  /** In SPKI format. */
  readonly publicPem: string
}

const COMMON: Known<LegacyIssuerOptions> = { claims: true, expiresInSeconds: true, now: true }
const WITH_SECRET: Known<LegacySecretOptions> = { algorithm: true, secret: true, ...COMMON }
const WITH_KEY_PAIR: Known<LegacyKeyPairOptions> = { algorithm: true, ...COMMON }
const OF_TOKEN: Known<LegacySignOptions> = { header: true, expiresInSeconds: true, notBeforeSeconds: true }

/**
 * A home-grown issuer: tokens have no `iss`, `aud` or `kid` unless the test sets them.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export function createLegacyIssuer(options?: LegacySecretOptions): LegacySecretIssuer
export function createLegacyIssuer(options: LegacyKeyPairOptions): LegacyKeyPairIssuer
export function createLegacyIssuer(
  options: LegacySecretOptions | LegacyKeyPairOptions = {},
): LegacySecretIssuer | LegacyKeyPairIssuer {
  if (!isKeyPair(options)) {
    assertKnown(options, WITH_SECRET, 'createLegacyIssuer')
    const secret = options.secret ?? randomBytes(48).toString('base64url')
    return { secret, sign: signerOf(options, options.algorithm ?? 'HS256', secret) }
  }
  assertKnown(options, WITH_KEY_PAIR, 'createLegacyIssuer')
  const { privateKey, publicJwk, publicPem } = createSigningKey(options.algorithm)
  return { publicJwk, publicPem, sign: signerOf(options, options.algorithm, privateKey) }
}

function isKeyPair(options: LegacySecretOptions | LegacyKeyPairOptions): options is LegacyKeyPairOptions {
  return options?.algorithm !== undefined && !options.algorithm.startsWith('HS')
}

function signerOf(
  { claims: always, expiresInSeconds = 900, now = Date.now }: LegacyIssuerOptions,
  algorithm: SignatureAlgorithm,
  key: SignJwtOptions['key'],
): LegacyIssuer['sign'] {
  return (claims, options = {}) => {
    assertKnown(options, OF_TOKEN, 'LegacyIssuer.sign')
    const { header, ...lifetime } = options
    return signJwt({
      algorithm,
      key,
      header: { alg: algorithm, typ: 'JWT', ...header },
      claims: timedClaims(now(), { ...always, ...claims }, lifetime, expiresInSeconds),
    })
  }
}

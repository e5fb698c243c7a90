import { constants, createHmac, sign, type KeyObject } from 'node:crypto'
import type { SignatureAlgorithm } from '@dualauth/core'
import { assertKnown, type Known } from '../known-options.js'

/** The options of `signJwt`. */
export interface SignJwtOptions {
  /** The algorithm of the signature. The header's `alg` may differ. */
  readonly algorithm: SignatureAlgorithm
  /** An HMAC secret or a private key. Not checked, so that tests can also create attacks. */
  readonly key: string | Uint8Array | KeyObject
  /** A string is used unchanged. Default `{ alg, typ: 'JWT' }`. */
  readonly header?: unknown
  /** A string is used unchanged. */
  readonly claims: unknown
}

const OPTIONS: Known<SignJwtOptions> = { algorithm: true, key: true, header: true, claims: true }

/**
 * Signs any input, valid or not. For ordinary tokens, use the issuer.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export function signJwt(options: SignJwtOptions): string {
  assertKnown(options, OPTIONS, 'signJwt')
  const { algorithm, key, claims, header = { alg: algorithm, typ: 'JWT' } } = options
  const input = `${segment(header)}.${segment(claims)}`
  return `${input}.${signatureOf(algorithm, key, input)}`
}

function segment(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

function signatureOf(algorithm: SignatureAlgorithm, key: SignJwtOptions['key'], input: string): string {
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('HS')) return createHmac(hash, key).update(input).digest('base64url')
  const bytes = Buffer.from(input)
  const privateKey = key as KeyObject
  if (algorithm === 'EdDSA') return sign(null, bytes, privateKey).toString('base64url')
  if (algorithm.startsWith('ES'))
    return sign(hash, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  if (algorithm.startsWith('PS')) return sign(hash, bytes, pss(privateKey)).toString('base64url')
  return sign(hash, bytes, privateKey).toString('base64url')
}

function pss(key: KeyObject): { key: KeyObject; padding: number; saltLength: number } {
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import type { PublicJwk, SignatureAlgorithm } from '@dualauth/core'
import { rsaKeyPair } from './rsa-key-pair.js'

/** Every signature algorithm except HMAC. */
export type KeyPairAlgorithm = Exclude<SignatureAlgorithm, `HS${string}`>

/** An issuer's key pair. */
export interface SigningKey {
  readonly algorithm: KeyPairAlgorithm
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public key as published in a key set, with `kid`, `alg` and `use`. */
  readonly publicJwk: PublicJwk
  /** In SPKI format. */
  readonly publicPem: string
}

const CURVES: Partial<Record<KeyPairAlgorithm, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** Creates a key pair that fits the algorithm. RSA keys have 2048 bits. */
export function createSigningKey(algorithm: KeyPairAlgorithm, kid: string = randomUUID()): SigningKey {
  const { privateKey, publicKey } = keyPairFor(algorithm)
  return {
    algorithm,
    kid,
    privateKey,
    publicKey,
    publicJwk: { ...(publicKey.export({ format: 'jwk' }) as PublicJwk), kid, alg: algorithm, use: 'sig' },
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }) as string,
  }
}

function keyPairFor(algorithm: KeyPairAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  const namedCurve = CURVES[algorithm]
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve })
  return rsaKeyPair()
}

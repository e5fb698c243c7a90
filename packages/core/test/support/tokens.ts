import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { rsaKeyPair } from '@dualauth/servers'
import { signJwt } from '@dualauth/testing'
import type { SignatureAlgorithm } from '../../src/index.js'
import { seconds } from './clock.js'

/** A base64url segment of any JSON value, or of text that stands as it is. */
export function segment(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

export const SECRET: string = randomBytes(48).toString('base64url')
export const OTHER_SECRET: string = randomBytes(48).toString('base64url')

/** Claims of a home-grown access token: no `iss`, no `aud`. */
export function legacyClaims(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { userId: 'legacy-7', type: 'access', iat: seconds(-60), exp: seconds(900), ...overrides }
}

export interface Mint {
  readonly algorithm?: string
  readonly key?: string | Uint8Array | KeyObject
  readonly header?: unknown
  readonly claims?: unknown
}

/** Signs whatever it is given; header and claims given as text are taken literally. */
export function mint({ algorithm = 'HS256', key = SECRET, claims = legacyClaims(), ...rest }: Mint = {}): string {
  return signJwt({ algorithm: algorithm as SignatureAlgorithm, key, claims, ...rest })
}

export interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly pem: string
  readonly jwk: Record<string, string>
}

function pairOf(pair: { privateKey: KeyObject; publicKey: KeyObject }): Pair {
  return {
    ...pair,
    pem: pair.publicKey.export({ format: 'pem', type: 'spki' }) as string,
    jwk: pair.publicKey.export({ format: 'jwk' }) as Record<string, string>,
  }
}

export function rsaPair(modulusLength = 2048): Pair {
  return pairOf(modulusLength === 2048 ? rsaKeyPair() : generateKeyPairSync('rsa', { modulusLength }))
}

export function ecPair(namedCurve = 'P-256'): Pair {
  return pairOf(generateKeyPairSync('ec', { namedCurve }))
}

export function edPair(): Pair {
  return pairOf(generateKeyPairSync('ed25519'))
}

/** A key pair that fits the algorithm. */
export function pairFor(algorithm: string): Pair {
  if (algorithm === 'EdDSA') return edPair()
  const curve = ({ ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as Record<string, string>)[algorithm]
  return curve === undefined ? rsaPair() : ecPair(curve)
}

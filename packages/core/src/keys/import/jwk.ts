import * as crypto from '#crypto'
import type { PublicJwk, PublicKeyAlgorithm } from '../../crypto/port.js'

const EC_BYTES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }
const EC_CURVE: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** With Ed25519 points of small order, a signature can be valid for any message. All encodings, sign bit cleared. */
const SMALL_ORDER_Y: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

/**
 * Says why a published key must not be used to verify, or null if it may. RSA 2048 to 8192 bits with an odd exponent ≥
 * 3; P-256, P-384, P-521; Ed25519 not of small order; `use` and `key_ops` respected; no private and no symmetric
 * material.
 *
 * @see RFC 7517 section 4, RFC 7518 section 3.3, RFC 8725 section 3.5
 */
export function jwkProblem(jwk: unknown): string | null {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'is not a JSON Web Key'
  const key = jwk as PublicJwk & { d?: unknown; k?: unknown }
  if (key.k !== undefined || key.kty === 'oct') return 'is symmetric; use `secrets`'
  if (key.d !== undefined) return 'is a private key; use the public one'
  if (key.use !== undefined && key.use !== 'sig') return 'is not for signatures (`use`)'
  if (key.key_ops !== undefined && !(Array.isArray(key.key_ops) && key.key_ops.includes('verify')))
    return 'is not for verifying (`key_ops`)'
  if (key.kid !== undefined && typeof key.kid !== 'string') return 'has a `kid` that is no string'
  if (key.alg !== undefined && typeof key.alg !== 'string') return 'has an `alg` that is no string'
  if (key.issuer !== undefined && typeof key.issuer !== 'string') return 'has an `issuer` that is no string'
  if (key.kty === 'RSA') return rsaProblem(key)
  if (key.kty === 'EC') return ecProblem(key)
  if (key.kty === 'OKP') return okpProblem(key)
  return 'has an unsupported type (`kty`)'
}

function rsaProblem({ n, e }: PublicJwk): string | null {
  const modulus = member(n)
  const exponent = member(e)
  if (modulus === null || exponent === null) return 'lacks a readable `n` or `e`'
  return rsaParametersProblem(bitLength(modulus), exponent)
}

/** 2048 to 8192 bits, and an odd exponent of at least 3: with an exponent of 1, anybody signs. */
export function rsaParametersProblem(bits: number, exponent: Uint8Array): string | null {
  if (bits < 2048 || bits > 8192) return 'has an RSA modulus outside 2048 to 8192 bits'
  const value = exponent.reduce((sum, byte) => sum * 256 + byte, 0)
  return value < 3 || value % 2 === 0 || value > 0xffffffff ? 'has an unsafe RSA exponent' : null
}

function ecProblem({ crv, x, y }: PublicJwk): string | null {
  const size = EC_BYTES[crv ?? '']
  if (size === undefined) return 'is on an unsupported curve'
  return member(x)?.length === size && member(y)?.length === size ? null : 'has coordinates of a wrong size'
}

function okpProblem({ crv, x }: PublicJwk): string | null {
  if (crv !== 'Ed25519') return 'is on an unsupported curve'
  const point = member(x)
  if (point?.length !== 32) return 'has a public key of a wrong size'
  const y = Array.from(point, (byte, i) => (i === 31 ? byte & 0x7f : byte).toString(16).padStart(2, '0')).join('')
  return SMALL_ORDER_Y.includes(y) ? 'is a point of small order' : null
}

/** Whether a key that passed `jwkProblem` fits the algorithm: type, curve and its own `alg`. */
export function fitsAlgorithm(jwk: PublicJwk, algorithm: PublicKeyAlgorithm): boolean {
  if (jwk.alg !== undefined && jwk.alg !== algorithm && !(jwk.alg === 'Ed25519' && algorithm === 'EdDSA')) return false
  if (algorithm === 'EdDSA') return jwk.kty === 'OKP'
  const curve = EC_CURVE[algorithm]
  return curve === undefined ? jwk.kty === 'RSA' : jwk.kty === 'EC' && jwk.crv === curve
}

function member(value: unknown): Uint8Array | null {
  return typeof value === 'string' && value.length <= 2048 ? crypto.decodeBase64Url(value) : null
}

function bitLength(bytes: Uint8Array): number {
  const start = bytes.findIndex((byte) => byte !== 0)
  return start === -1 ? 0 : (bytes.length - start) * 8 - (Math.clz32(bytes[start] as number) - 24)
}

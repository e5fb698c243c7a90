import type { PublicKeyAlgorithm } from '../../../crypto/port.js'
import type { KeySource } from '../../../keys/key-set/key-source.js'
import { readJwt, type UnverifiedJwt } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { verifySignature } from '../../../verify/jwt/verify-jwt.js'
import type { GenuineCache } from './cookie-cache.js'
import { objectOf } from '../../../verify/jwt/mapped-claims.js'

/** Strategy `jwt`: HS256 with the secret, and nothing in the header but `alg`. */
export async function readSecretJwtCache(value: string, keys: KeySource): Promise<GenuineCache | null> {
  const jwt = readJwt(value)
  if (jwt === null || Object.keys(jwt.header).length > 1) return null
  const proof = await verifySignature(jwt, ['HS256'], keys)
  return proof.outcome === 'genuine' ? cacheOf(jwt, proof.keyIndex) : null
}

const CACHE_TYPE = 'better-auth.session-cache+jwt'
const CACHE_AUDIENCE = 'better-auth:session-cache'

/**
 * `jwt({ sessionCookieCache: true })` of 1.7: signed with the key of the JWT plugin, which also signs
 * access and id tokens: type, audience and issuer tell them apart.
 */
export async function readKeySetCache(
  value: string,
  keys: KeySource,
  algorithms: readonly PublicKeyAlgorithm[],
  issuer: string,
): Promise<GenuineCache | null> {
  const jwt = readJwt(value)
  if (jwt === null || jwt.header['typ'] !== CACHE_TYPE || typeof jwt.header['kid'] !== 'string') return null
  const { claims } = jwt
  if (own(claims, 'iss') !== issuer || own(claims, 'aud') !== CACHE_AUDIENCE) return null
  if (own(claims, 'sid') !== own(objectOf(own(claims, 'session')), 'token')) return null
  if (own(claims, 'sub') !== own(objectOf(own(claims, 'user')), 'id')) return null
  const proof = await verifySignature(jwt, algorithms, keys)
  if (proof.outcome === 'unavailable') throw proof.cause
  return proof.outcome === 'genuine' ? cacheOf(jwt, null) : null
}

function cacheOf({ claims }: UnverifiedJwt, secretIndex: number | null): GenuineCache | null {
  const exp = own(claims, 'exp')
  return typeof exp === 'number' ? { payload: claims, expiresAt: exp * 1000, secretIndex } : null
}

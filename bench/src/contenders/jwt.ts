import { verifyToken as verifyClerkToken } from '@clerk/backend'
import { JwtVerifier } from 'aws-jwt-verify'
import { createVerifier } from 'fast-jwt'
import { verifyWithJwks } from 'hono/jwt'
import { importJWK, jwtVerify } from 'jose'
import type { Contender } from '../contenders.js'
import { createAuth, mustAccept, requestWith } from '../our-auth.js'
import { AUDIENCE, ISSUER, type Jwk, type SigningKey } from '../tokens.js'
import { primitive } from './primitive.js'

export type FirstSightName = 'ours' | 'limit' | 'fast-jwt' | 'jose' | 'aws-jwt-verify' | 'hono' | '@clerk/backend'

/** Whoever takes the algorithm; each with keys at hand and without a memory. */
export function firstSightContenders(key: SigningKey): Partial<Record<FirstSightName, Contender>> {
  const { algorithm, jwk } = key
  const all = { limit: primitive(key), ours: ours(key, { remember: false }), 'fast-jwt': fastJwt(key), jose: jose(key) }
  if (jwk === null || algorithm === 'EdDSA') return all
  const both = { ...all, 'aws-jwt-verify': awsJwtVerify(jwk) }
  return algorithm === 'RS256' ? { ...both, hono: hono(jwk), '@clerk/backend': clerk(key) } : both
}

/** The whole `authenticate`; of an instance made for these tokens, so that none was seen before. */
export function ours(key: SigningKey, options: Parameters<typeof createAuth>[1] = {}): Contender {
  return (tokens) => {
    const auth = createAuth(key, options)
    const requests = tokens.map((token) => requestWith('Authorization', `Bearer ${token}`))
    return (index) => mustAccept(auth, requests[index]!)
  }
}

function fastJwt(key: SigningKey): Contender {
  const verify = createFastJwt(key, false)
  return (tokens) => (index) => verify(tokens[index]!)
}

/** @param cache Entries; false for none. */
export function createFastJwt(key: SigningKey, cache: false | number): (token: string) => unknown {
  return createVerifier({
    key: pemOf(key) as Buffer,
    algorithms: [key.algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    cache,
  })
}

function jose({ algorithm, jwk, privateKey }: SigningKey): Contender {
  const expected = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE }
  return async (tokens) => {
    const key = jwk === null ? (privateKey as Buffer) : await importJWK(jwk, algorithm)
    return (index) => jwtVerify(tokens[index]!, key, expected)
  }
}

function awsJwtVerify(jwk: Jwk): Contender {
  const verifier = JwtVerifier.create({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: 'https://legacy.example.com/jwks',
  })
  verifier.cacheJwks({ keys: [jwk] })
  return (tokens) => (index) => verifier.verifySync(tokens[index]!)
}

function hono(jwk: Jwk): Contender {
  const options = { keys: [jwk], allowedAlgorithms: ['RS256'] as const, verification: { iss: ISSUER, aud: AUDIENCE } }
  return (tokens) => (index) => verifyWithJwks(tokens[index]!, options)
}

function clerk(key: SigningKey): Contender {
  const jwtKey = pemOf(key) as string
  return (tokens) => (index) => verifyClerkToken(tokens[index]!, { jwtKey, audience: AUDIENCE })
}

/** HMAC peers take the secret itself. */
function pemOf({ publicKey, privateKey }: Pick<SigningKey, 'publicKey' | 'privateKey'>): string | Buffer {
  return publicKey === null ? (privateKey as Buffer) : (publicKey.export({ type: 'spki', format: 'pem' }) as string)
}

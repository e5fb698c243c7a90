import { createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export type Algorithm = 'RS256' | 'HS256' | 'ES256'

export const ISSUER = 'https://legacy.example.com'
export const AUDIENCE = 'https://api.example.com'

/** What real ones measure; the rest is filled up by a claim that nobody reads. */
const LENGTH: Readonly<Record<Algorithm, number>> = { RS256: 974, HS256: 291, ES256: 700 }

/** A type, not an interface: it fits where an index signature is asked for. */
export type Jwk = {
  readonly kty: string
  readonly kid: string
  readonly alg: string
  readonly use: 'sig'
  readonly n?: string
  readonly e?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
}

export interface SigningKey {
  readonly algorithm: Algorithm
  readonly privateKey: KeyObject | Buffer
  /** Null for HMAC. */
  readonly publicKey: KeyObject | null
  readonly jwk: Jwk | null
}

/** Made anew in each run. */
export function createSigningKey(algorithm: Algorithm): SigningKey {
  if (algorithm === 'HS256') return { algorithm, privateKey: randomBytes(32), publicKey: null, jwk: null }
  const { publicKey, privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: algorithm, use: 'sig' } as Jwk
  return { algorithm, privateKey, publicKey, jwk }
}

/** The access token of user number `index`: distinct subjects make distinct tokens. */
export function mintToken(key: SigningKey, index: number): string {
  let padding = ''
  let token = ''
  // Base64url grows by one or two characters a byte, so a length may be missed by one.
  for (;;) {
    token = `${signingInput(key, index, padding)}.`
    const missing = LENGTH[key.algorithm] - token.length - SIGNATURE_LENGTH[key.algorithm]
    if (missing <= 0) return token + signature(key, token.slice(0, -1)).toString('base64url')
    padding += 'x'.repeat(Math.max(1, Math.floor((missing * 3) / 4) - 1))
  }
}

const SIGNATURE_LENGTH: Readonly<Record<Algorithm, number>> = { RS256: 342, HS256: 43, ES256: 86 }

function signingInput({ algorithm, jwk }: SigningKey, index: number, padding: string): string {
  const header = jwk === null ? { alg: algorithm, typ: 'JWT' } : { alg: algorithm, typ: 'JWT', kid: jwk.kid }
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: `user_${String(index).padStart(5, '0')}`,
    iat: now,
    exp: now + 3600,
    ...(algorithm === 'HS256' ? {} : { roles: ['member'], permissions: ['things:read', 'things:write'] }),
    padding,
  }
  return `${encode(header)}.${encode(claims)}`
}

function signature({ algorithm, privateKey }: SigningKey, input: string): Buffer {
  if (algorithm === 'HS256')
    return createHmac('sha256', privateKey as Buffer)
      .update(input)
      .digest()
  return sign('sha256', Buffer.from(input), { key: privateKey as KeyObject, dsaEncoding: 'ieee-p1363' })
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

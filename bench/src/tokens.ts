import { createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export type Algorithm = 'RS256' | 'HS256' | 'ES256' | 'EdDSA'

export const ISSUER = 'https://legacy.example.com'
export const AUDIENCE = 'https://api.example.com'

/** What real ones measure; the rest is filled up by a claim that nobody reads. */
const LENGTH: Readonly<Record<Algorithm, number>> = { RS256: 974, HS256: 291, ES256: 700, EdDSA: 700 }
const SIGNATURE_LENGTH: Readonly<Record<Algorithm, number>> = { RS256: 342, HS256: 43, ES256: 86, EdDSA: 86 }

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

/** `jwk` is null for HMAC, whose key is the secret. */
export interface SigningKey {
  readonly algorithm: Algorithm
  readonly privateKey: KeyObject | Buffer
  readonly publicKey: KeyObject | null
  readonly jwk: Jwk | null
}

/** Made anew in each run. */
export function createSigningKey(algorithm: Algorithm): SigningKey {
  if (algorithm === 'HS256') return { algorithm, privateKey: randomBytes(32), publicKey: null, jwk: null }
  const { publicKey, privateKey } = keyPair(algorithm)
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: algorithm, use: 'sig' } as Jwk
  return { algorithm, privateKey, publicKey, jwk }
}

function keyPair(algorithm: Exclude<Algorithm, 'HS256'>): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
}

export interface MintOptions {
  /** Of the whole token. Default: what real ones of the algorithm measure. */
  readonly length?: number
  /** Members laid over the header. */
  readonly header?: object
}

/** The access token of user number `index`: distinct subjects make distinct tokens. */
export type Mint = (index: number) => string

export function createMint(key: SigningKey, { length = LENGTH[key.algorithm], header = {} }: MintOptions = {}): Mint {
  const mint = (index: number, padding: string): string => {
    const input = `${encode(headerOf(key, header))}.${encode(claimsOf(key, index, padding))}`
    return `${input}.${signature(key, input).toString('base64url')}`
  }
  const inputLength = length - SIGNATURE_LENGTH[key.algorithm] - 1
  const bare = mint(0, '').length - SIGNATURE_LENGTH[key.algorithm] - 1
  // Base64url turns three bytes into four characters, so a length may be missed by one.
  const padding = 'x'.repeat(Math.max(0, Math.floor(((inputLength - bare) * 3) / 4)))
  return (index) => mint(index, padding)
}

/** `count` tokens of users 0, 1, 2, … */
export function mintTokens(key: SigningKey, count: number, options: MintOptions = {}): readonly string[] {
  const mint = createMint(key, options)
  return Array.from({ length: count }, (_, index) => mint(index))
}

function headerOf({ algorithm, jwk }: SigningKey, over: object): object {
  return { alg: algorithm, typ: 'JWT', ...(jwk === null ? {} : { kid: jwk.kid }), ...over }
}

function claimsOf({ algorithm }: SigningKey, index: number, padding: string): object {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: `user_${String(index).padStart(7, '0')}`,
    iat: now,
    exp: now + 3600,
    ...(algorithm === 'HS256' ? {} : { roles: ['member'], permissions: ['things:read', 'things:write'] }),
    padding,
  }
}

function signature({ algorithm, privateKey }: SigningKey, input: string): Buffer {
  if (algorithm === 'HS256')
    return createHmac('sha256', privateKey as Buffer)
      .update(input)
      .digest()
  const key = privateKey as KeyObject
  if (algorithm === 'EdDSA') return sign(null, Buffer.from(input), key)
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** The same token with another signature of the same length. */
export function tampered(token: string): string {
  return `${token.slice(0, -8)}${token.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`
}

import fc from 'fast-check'
import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import type { CryptoPort, DirectJwe, PublicJwk, SignatureAlgorithm } from '../../src/crypto/port.js'
import * as node from '../../src/crypto/node.js'
import * as web from '../../src/crypto/web.js'
import { readJwt } from '../../src/route/jwt.js'
import { verifyCompact } from '../support/compact.js'
import { mint, OTHER_SECRET, pairFor, rsaPair } from '../support/tokens.js'

/** Both platforms must agree about every token that the strict reader lets through. */
const ALGORITHMS = ['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const SECRET_BYTES = new TextEncoder().encode(OTHER_SECRET)

interface Side {
  verdict(token: string): Promise<boolean>
}

async function sideOf(port: CryptoPort, algorithm: SignatureAlgorithm, jwk: PublicJwk | null): Promise<Side> {
  const key =
    jwk === null
      ? await port.importSecret(SECRET_BYTES, algorithm as 'HS256')
      : await port.importJwk(jwk, algorithm as 'RS256')
  return { verdict: async (token) => verifyCompact(port, token, algorithm, key) }
}

const setUps = new Map(
  ALGORITHMS.map((algorithm) => {
    const pair = algorithm.startsWith('HS') ? null : pairFor(algorithm)
    return [algorithm, { key: pair?.privateKey ?? SECRET_BYTES, jwk: (pair?.jwk ?? null) as PublicJwk | null }]
  }),
)

/** A signature with a bit turned, cut, lengthened, of zeros, or from another token. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('bit' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('longer' as const), at: fc.nat({ max: 40 }) }),
  fc.record({ kind: fc.constant('zeros' as const), at: fc.nat({ max: 300 }) }),
  fc.record({ kind: fc.constant('none' as const), at: fc.constant(0) }),
)

function changed(
  token: string,
  { kind, at }: { kind: 'bit' | 'cut' | 'longer' | 'zeros' | 'none'; at: number },
): string {
  const dot = token.lastIndexOf('.') + 1
  const signature = Buffer.from(token.slice(dot), 'base64url')
  switch (kind) {
    case 'bit': {
      const bit = at % (signature.length * 8)
      signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7))
      return token.slice(0, dot) + signature.toString('base64url')
    }
    case 'cut':
      return token.slice(0, dot) + signature.subarray(0, 1 + (at % signature.length)).toString('base64url')
    case 'longer':
      return token.slice(0, dot) + Buffer.concat([signature, Buffer.alloc(at)]).toString('base64url')
    case 'zeros':
      return token.slice(0, dot) + Buffer.alloc(1 + at).toString('base64url')
    case 'none':
      return token
  }
}

describe.each(ALGORITHMS)('%s on both platforms', (algorithm) => {
  it('gives one verdict on hundreds of mutated tokens, and never throws', async () => {
    const { key, jwk } = setUps.get(algorithm) as { key: never; jwk: PublicJwk | null }
    const [one, two] = [await sideOf(node, algorithm, jwk), await sideOf(web, algorithm, jwk)]
    const genuine = mint({ algorithm, key, claims: { sub: 'x' } })
    await fc.assert(
      fc.asyncProperty(change, async (how) => {
        const token = changed(genuine, how)
        if (readJwt(token) === null) return
        const verdicts = [await one.verdict(token), await two.verdict(token)]
        expect(verdicts).toEqual(token === genuine ? [true, true] : [false, false])
      }),
      { numRuns: 400 },
    )
  })
})

it('hash and sign alike', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      expect(Buffer.from(await node.sha256(text))).toEqual(Buffer.from(await web.sha256(text)))
      const mac = await node.hmacSha256(SECRET_BYTES, text)
      expect(Buffer.from(mac)).toEqual(Buffer.from(await web.hmacSha256(SECRET_BYTES, text)))
      for (const port of [node, web]) {
        expect(await port.verifyHmacSha256(SECRET_BYTES, text, mac)).toBe(true)
        expect(await port.verifyHmacSha256(SECRET_BYTES, `${text}.`, mac)).toBe(false)
        expect(await port.verifyHmacSha256(SECRET_BYTES, text, mac.subarray(1))).toBe(false)
        expect(await port.verifyHmacSha256(SECRET_BYTES, text, new Uint8Array())).toBe(false)
      }
    }),
    { numRuns: 200 },
  )
})

it('derive keys alike, as the RFCs print them', async () => {
  for (const port of [node, web]) {
    // RFC 6070 has no vector of 32 bytes: its first, of 20, is how ours must begin.
    const derived = Buffer.from(await port.pbkdf2Sha1Once(Buffer.from('password'), 'salt'))
    expect(derived.subarray(0, 20).toString('hex')).toBe('0c60c80f961f0e71f3a9b524af6012062fe037a6')
    expect(derived).toHaveLength(32)
    // RFC 5869 appendix A.3: without salt and info.
    const key = Buffer.from(await port.hkdfSha256(Buffer.alloc(22, 0x0b), '', '', 42))
    expect(key.toString('hex')).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    )
  }
  const text = fc.string({ unit: 'binary', minLength: 1 })
  await fc.assert(
    fc.asyncProperty(text, text, text, async (secret, salt, info) => {
      const bytes = new TextEncoder().encode(secret)
      const [one, two] = await Promise.all(
        [node, web].map(async (port) => [
          Buffer.from(await port.hkdfSha256(bytes, salt, info, 64)),
          Buffer.from(await port.pbkdf2Sha1Once(bytes, salt)),
        ]),
      )
      expect(one).toEqual(two)
    }),
    { numRuns: 50 },
  )
})

it.each([
  ['A256CBC-HS512', 64],
  ['A256GCM', 32],
] as const)('open the same encrypted tokens, and no other: %s', async (enc, keyBytes) => {
  const key = new Uint8Array(keyBytes).map((_, i) => i * 3)
  const value = await new CompactEncrypt(new TextEncoder().encode('{"exp":1}'))
    .setProtectedHeader({ alg: 'dir', enc })
    .encrypt(key)
  const read = (text: string): DirectJwe => {
    const [header = '', , ...rest] = text.split('.')
    const [iv, ciphertext, tag] = rest.map((part) => new Uint8Array(Buffer.from(part, 'base64url')))
    return { value: text, enc, header, iv: iv!, ciphertext: ciphertext!, tag: tag! }
  }
  const flip = (text: string, segment: number): string =>
    text
      .split('.')
      .map((part, i) => (i === segment ? (part.startsWith('A') ? 'B' : 'A') + part.slice(1) : part))
      .join('.')
  for (const port of [node, web]) {
    const opened = await port.decryptDirectJwe(read(value), key)
    expect(new TextDecoder().decode(opened as Uint8Array)).toBe('{"exp":1}')
    for (const segment of [2, 3, 4]) expect(await port.decryptDirectJwe(read(flip(value, segment)), key)).toBeNull()
    expect(await port.decryptDirectJwe(read(value), new Uint8Array(keyBytes))).toBeNull()
  }
})

it('encrypt and decrypt alike, and fail alike on bad padding', async () => {
  const [key, iv] = [new Uint8Array(32).fill(7), new Uint8Array(16).fill(9)]
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (plaintext) => {
      const sealed = new Uint8Array(await node.aesCbcEncrypt(key, iv, plaintext))
      expect(new Uint8Array(await web.aesCbcEncrypt(key, iv, plaintext))).toEqual(sealed)
      for (const port of [node, web])
        expect(new Uint8Array(await port.aesCbcDecrypt(key, iv, sealed))).toEqual(plaintext)
    }),
    { numRuns: 100 },
  )
  for (const port of [node, web])
    await expect((async () => port.aesCbcDecrypt(key, iv, new Uint8Array(16)))()).rejects.toThrow()
})

it.each(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const)(
  'read the same keys from DER: %s',
  async (algorithm) => {
    const { publicKey, privateKey, jwk } = pairFor(algorithm)
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
    const older = algorithm === 'RS256' ? 'pkcs1' : 'sec1'
    for (const port of [node, web]) {
      expect(await port.publicKeyToJwk(spki, ['x509', 'spki'], ['PS512', algorithm])).toEqual(jwk)
      expect(await port.privateKeyToJwk(pkcs8, ['pkcs8'], algorithm)).toEqual(privateKey.export({ format: 'jwk' }))
      if (algorithm === 'EdDSA') continue
      const bytes = privateKey.export({ format: 'der', type: older as 'pkcs1' })
      expect(await port.privateKeyToJwk(bytes, [older], algorithm)).toEqual(privateKey.export({ format: 'jwk' }))
    }
  },
)

it('read PKCS #1 alike', async () => {
  const { publicKey, jwk } = rsaPair()
  const der = publicKey.export({ format: 'der', type: 'pkcs1' })
  for (const port of [node, web]) expect(await port.publicKeyToJwk(der, ['spki', 'pkcs1'], ['PS256'])).toEqual(jwk)
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CryptoPort, PublicJwk, SignatureAlgorithm } from '../../src/crypto/port.js'
import * as node from '../../src/crypto/node.js'
import * as web from '../../src/crypto/web.js'
import { spkiOfPem } from '../../src/keys/import/pem.js'
import { readJwt } from '../../src/route/jwt.js'
import { verifyCompact } from '../support/compact.js'
import { mint, OTHER_SECRET, pairFor } from '../support/tokens.js'

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
      expect(Buffer.from(await node.hmac('SHA-256', SECRET_BYTES, text))).toEqual(
        Buffer.from(await web.hmac('SHA-256', SECRET_BYTES, text)),
      )
    }),
    { numRuns: 200 },
  )
})

it.each(['SHA-1', 'SHA-256', 'SHA-512'] as const)('take the HMAC of bytes alike: %s', async (hash) => {
  const message = new Uint8Array([0, 255, 1])
  expect(Buffer.from(await node.hmac(hash, SECRET_BYTES, message))).toEqual(
    Buffer.from(await web.hmac(hash, SECRET_BYTES, message)),
  )
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

it.each(['RS256', 'ES256', 'EdDSA'] as const)('read the same key from PEM: %s', async (algorithm) => {
  const { pem, jwk } = pairFor(algorithm)
  for (const port of [node, web]) expect(await port.spkiToJwk(spkiOfPem(pem) as Uint8Array, [algorithm])).toEqual(jwk)
})

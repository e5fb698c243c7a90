import { generateKeyPairSync, webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PublicKeyAlgorithm } from '../../../src/crypto/port.js'
import { localKeys } from '../../../src/keys/key-set/key-source.js'
import { spkiOfPem } from '../../../src/keys/import/pem.js'
import { pathOf } from '../../support/outcome.js'
import { ecPair, edPair, pairFor, rsaPair } from '../../support/tokens.js'

const { subtle } = webcrypto
const rsa = rsaPair()
const ec = ecPair()
const ed = edPair()
const PARAMETERS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
} as const
type Named = keyof typeof PARAMETERS

function cryptoKey(jwk: object, algorithm: Named, extractable = true, usages: ['verify'] | [] = ['verify']) {
  return subtle.importKey('jwk', jwk as never, PARAMETERS[algorithm], extractable, usages) as Promise<CryptoKey>
}

/** Where the keys are refused: at construction, or by `ready()` where the platform can tell only then. */
async function refused(input: unknown, algorithm: PublicKeyAlgorithm): Promise<string> {
  try {
    await localKeys([input as never], [algorithm], 'keys').ready()
  } catch (error) {
    return pathOf(error)
  }
  return 'taken'
}

describe('a WebCrypto key', () => {
  it.each(['RS256', 'PS384', 'ES256', 'EdDSA'] as const)('is taken for its algorithm and no other: %s', async (alg) => {
    const key = await cryptoKey(pairFor(alg).jwk, alg)
    const source = localKeys([key], [alg, 'RS512', 'PS512'], 'keys')
    expect(await source.find(alg, 'any')).toHaveLength(1)
    expect(await source.find('RS512', null)).toHaveLength(0)
    expect(await source.find('PS512', null)).toHaveLength(0)
  })

  it.each(['RS256', 'ES256'] as const)('is taken where only its parameters can be seen: %s', async (alg) => {
    const source = localKeys([await cryptoKey(pairFor(alg).jwk, alg, false)], [alg], 'keys')
    expect(await source.find(alg, null)).toHaveLength(1)
  })

  it.each([true, false])('of small order is refused, extractable: %s', async (extractable) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') }
    expect(await refused(await cryptoKey(jwk, 'EdDSA', extractable), 'EdDSA')).toBe('keys[0]')
  })

  it.each([true, false])('with an RSA exponent of 1 is refused, extractable: %s', async (extractable) => {
    const key = await cryptoKey({ ...rsa.jwk, e: 'AQ' }, 'RS256', extractable)
    expect(await refused(key, 'RS256')).toBe('keys[0]')
  })

  it.each([true, false])('of 1024 bits is refused, extractable: %s', async (extractable) => {
    expect(await refused(await cryptoKey(rsaPair(1024).jwk, 'RS256', extractable), 'RS256')).toBe('keys[0]')
  })

  it('of Ed25519 that cannot be exported is refused, because nobody can check it', async () => {
    expect(await refused(await cryptoKey(ed.jwk, 'EdDSA', false), 'EdDSA')).toBe('keys[0]')
  })

  it('without the usage `verify` is refused', async () => {
    expect(await refused(await cryptoKey(ec.jwk, 'ES256', true, []), 'ES256')).toBe('keys[0]')
  })

  it('that is private or symmetric is refused', async () => {
    const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    expect(await refused(pair.privateKey, 'ES256')).toBe('keys[0]')
    const secret = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify'])
    expect(await refused(secret, 'RS256')).toBe('keys[0]')
  })
})

describe('a public key in PEM', () => {
  const pkcs1 = rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }) as string
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({ format: 'pem', type: 'spki' })
  const body = (pem: string) => pem.split('\n').slice(1, -2).join('')
  const wrapped = (base64: string) => `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`

  it.each<[string, string]>([
    ['as it is written', rsa.pem],
    ['with white space around it', `\n  ${rsa.pem}\n\n`],
    ['with Windows line ends', rsa.pem.replaceAll('\n', '\r\n')],
    ['on one line', wrapped(body(rsa.pem))],
  ])('is taken %s', async (_, pem) => {
    expect(await refused(pem, 'RS256')).toBe('taken')
  })

  it.each<[string, string | Buffer]>([
    ['PKCS #1', pkcs1],
    ['a PKCS #1 body under an SPKI label', wrapped(body(pkcs1))],
    ['text before it', `my key\n${rsa.pem}`],
    ['text after it', `${rsa.pem}\nthat was my key`],
    ['two of them', `${rsa.pem}${rsaPair().pem}`],
    ['two in one body', wrapped(body(rsa.pem) + body(rsa.pem))],
    [
      'bytes after the key',
      wrapped(Buffer.from(`${Buffer.from(body(rsa.pem), 'base64').toString('hex')}0000`, 'hex').toString('base64')),
    ],
    ['a private key', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' })],
    ['an RSA-PSS key', pss],
    [
      'another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'pem', type: 'spki' }),
    ],
    ['a key of another kind', ec.pem],
    ['base64 that is none', wrapped('AAA')],
    ['nothing', wrapped('')],
    ['an empty text', ''],
  ])('is refused by name: %s', async (_, pem) => {
    expect(await refused(pem, 'RS256')).toBe('keys[0]')
  })

  it('is read as its bytes or not at all, whatever the text', () => {
    const pieces = fc.constantFrom('-----BEGIN PUBLIC KEY-----', '-----END PUBLIC KEY-----', '\n', '=', 'MIIB', ' ')
    const text = fc.array(fc.oneof(pieces, fc.string(), fc.base64String())).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (pem) => {
        const spki = spkiOfPem(pem)
        if (spki !== null) expect(spki[0]).toBe(0x30)
      }),
    )
    expect(spkiOfPem(ed.pem)).toEqual(new Uint8Array(ed.publicKey.export({ format: 'der', type: 'spki' })))
  })
})

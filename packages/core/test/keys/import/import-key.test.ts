import { createSecretKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PublicKeyAlgorithm } from '../../../src/crypto/port.js'
import { localKeys } from '../../../src/keys/key-set/key-source.js'
import { readKeyMaterial } from '../../../src/keys/import/key-material.js'
import { certificateOf, pemOf } from '../../support/certificate.js'
import { pathOf } from '../../support/outcome.js'
import { ecPair, edPair, pairFor, rsaPair } from '../../support/tokens.js'

const { subtle } = webcrypto
const rsa = rsaPair()
const ec = ecPair()
const ed = edPair()
const { publicKey: pssKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
const { publicKey: otherCurve } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
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
    const source = localKeys([input as never], [algorithm], 'keys')
    await source.ready()
    expect(await source.find(algorithm, null)).toHaveLength(1)
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

const spki = rsa.publicKey.export({ format: 'der', type: 'spki' })
const pkcs1 = rsa.publicKey.export({ format: 'der', type: 'pkcs1' })
const certificate = certificateOf(rsa.publicKey, rsa.privateKey)
const FORMS: readonly [string, string][] = [
  ['SPKI', rsa.pem],
  ['PKCS #1', pemOf('RSA PUBLIC KEY', pkcs1)],
  ['an X.509 certificate', pemOf('CERTIFICATE', certificate)],
]

describe.each(FORMS)('a public key in PEM (%s) is taken', (_, pem) => {
  const body = pem.split('\n').slice(1, -2).join('')
  const label = /BEGIN (.*?)-/.exec(pem)?.[1] as string
  it.each<[string, unknown]>([
    ['as it is written', pem],
    ['with white space around it', `\n  ${pem}\n\n`],
    ['with Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${pem}`],
    ['with its body on one line', `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`],
    ['on one line, with spaces', pem.replaceAll('\n', ' ')],
    ['on one line, with nothing', pem.replaceAll('\n', '')],
    ['with line breaks written as \\n', pem.replaceAll('\n', '\\n')],
    ['with line breaks written as \\r\\n', pem.replaceAll('\n', '\\r\\n')],
    ['with line breaks that were escaped twice', pem.replaceAll('\n', '\\\\n')],
    ['in quotes', `"${pem}"`],
    ['in single quotes', `'${pem}'`],
    ['in quotes, with \\n', `"${pem.replaceAll('\n', '\\n')}"`],
    ['as JSON text', JSON.stringify(pem)],
    ['as JSON text, twice', JSON.stringify(JSON.stringify(pem))],
    ['as base64', Buffer.from(pem).toString('base64')],
    ['as base64url', Buffer.from(pem).toString('base64url')],
    [
      'as base64, wrapped',
      (
        Buffer.from(pem)
          .toString('base64')
          .match(/.{1,76}/g) as string[]
      ).join('\n'),
    ],
    ['as base64 in quotes', `'${Buffer.from(pem).toString('base64')}'`],
    ['as its body alone', body],
    ['as bytes of a file', Buffer.from(pem)],
    ['as bytes of base64', new TextEncoder().encode(Buffer.from(pem).toString('base64'))],
    ['as DER', Buffer.from(body, 'base64')],
    [
      'as DER in a view that does not begin with its buffer',
      Buffer.concat([spki, Buffer.from(body, 'base64')]).subarray(spki.length),
    ],
  ])('%s', async (_form, input) => {
    expect(await refused(input, 'RS256')).toBe('taken')
  })
})

describe('a public key', () => {
  it.each(['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'] as const)('is taken as a KeyObject: %s', async (alg) => {
    expect(await refused(pairFor(alg).publicKey, alg)).toBe('taken')
  })

  it.each<[string, unknown]>([
    ['text', JSON.stringify(rsa.jwk)],
    ['text in quotes', JSON.stringify(JSON.stringify(rsa.jwk))],
    ['base64', Buffer.from(JSON.stringify(rsa.jwk)).toString('base64')],
    ['bytes', Buffer.from(JSON.stringify(rsa.jwk))],
  ])('is taken as a JSON Web Key in %s', async (_, input) => {
    expect(await refused(input, 'RS256')).toBe('taken')
  })

  it('is taken from a certificate of Ed25519, whose dates are not looked at', async () => {
    const pem = pemOf('CERTIFICATE', certificateOf(ed.publicKey, ed.privateKey))
    expect(await refused(pem, 'EdDSA')).toBe('taken')
  })

  it('survives that the app wipes the bytes', async () => {
    const bytes = Buffer.from(ed.pem)
    const source = localKeys([bytes], ['EdDSA'], 'keys')
    bytes.fill(0)
    expect(await source.find('EdDSA', null)).toHaveLength(1)
  })
})

const wrapped = (der: Uint8Array) => pemOf('PUBLIC KEY', der)
const { privateKey } = rsa
/** With what the message must speak of, so that the reader knows what was given and what to do. */
const WRONG: readonly [string, unknown, RegExp][] = [
  ['a PKCS #1 body under an SPKI label', wrapped(pkcs1), /no public key for RS256/],
  ['text before it', `my key\n${rsa.pem}`, /text around/],
  ['text after it', `${rsa.pem}\nthat was my key`, /text around/],
  ['two of them', `${rsa.pem}${rsaPair().pem}`, /2 PEM blocks/],
  ['a certificate chain', pemOf('CERTIFICATE', certificate).repeat(3), /3 PEM blocks.*chain the first/],
  ['two in one body', wrapped(Buffer.concat([spki, spki])), /bytes after/],
  ['bytes after the key', wrapped(Buffer.concat([spki, Buffer.alloc(2)])), /bytes after/],
  ['a body that was cut off', wrapped(spki.subarray(0, 200)), /cut off/],
  ['the first line alone, as env files cut it', `"${rsa.pem.split('\n')[0]}`, /END line/],
  ['a BEGIN and an END line that differ', rsa.pem.replace('END PUBLIC', 'END RSA PUBLIC'), /END line/],
  ['base64 that is none', '-----BEGIN PUBLIC KEY-----\nAAA\u00e9\n-----END PUBLIC KEY-----', /not base64/],
  ['a body of nothing', '-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----', /not base64/],
  ['a private key (PKCS #8)', privateKey.export({ format: 'pem', type: 'pkcs8' }), /private key.*-pubout/],
  ['a private key (PKCS #1)', privateKey.export({ format: 'pem', type: 'pkcs1' }), /private key.*-pubout/],
  ['a private key (SEC 1)', ec.privateKey.export({ format: 'pem', type: 'sec1' }), /private key.*-pubout/],
  ['a private key in DER (PKCS #8)', privateKey.export({ format: 'der', type: 'pkcs8' }), /private key.*-pubout/],
  ['a private key in DER (PKCS #1)', privateKey.export({ format: 'der', type: 'pkcs1' }), /private key.*-pubout/],
  ['a private key in DER (SEC 1)', ec.privateKey.export({ format: 'der', type: 'sec1' }), /private key.*-pubout/],
  ['a private key under a public label', wrapped(privateKey.export({ format: 'der', type: 'pkcs8' })), /private key/],
  [
    'an encrypted private key',
    privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }),
    /encrypted/,
  ],
  [
    'an encrypted private key of old',
    privateKey.export({ format: 'pem', type: 'pkcs1', cipher: 'aes-256-cbc', passphrase: 'x' }),
    /encrypted/,
  ],
  ['a private KeyObject', privateKey, /private key/],
  ['a secret KeyObject', createSecretKey(Buffer.alloc(32)), /secret key/],
  ['a private JSON Web Key in text', JSON.stringify(privateKey.export({ format: 'jwk' })), /private key/],
  ['a JWK Set in text', JSON.stringify({ keys: [rsa.jwk] }), /JWK Set/],
  ['a JWK Set', { keys: [rsa.jwk] }, /JWK Set/],
  ['a public key of OpenSSH', `ssh-rsa ${Buffer.alloc(279).toString('base64')} me@here`, /OpenSSH.*ssh-keygen/],
  ['a private key of OpenSSH', pemOf('OPENSSH PRIVATE KEY', Buffer.alloc(90)), /OpenSSH.*ssh-keygen/],
  ['a certificate request', pemOf('CERTIFICATE REQUEST', spki), /CERTIFICATE REQUEST/],
  ['a path', './keys/public.pem', /path.*read the file/],
  ['an RSA-PSS key', pssKey.export({ format: 'pem', type: 'spki' }), /no public key for RS256/],
  ['an RSA-PSS KeyObject', pssKey, /plain RSA/],
  ['another curve', otherCurve.export({ format: 'pem', type: 'spki' }), /keys\[0\]/],
  ['a key of another kind', ec.pem, /RS256/],
  ['an RSA key of 1024 bits', rsaPair(1024).pem, /2048/],
  ['a phrase', 'correct horse battery staple', /PEM, DER, base64/],
  ['bytes that are no key', Buffer.from([1, 2, 3, 255]), /neither DER nor text/],
  ['base64 of nothing known', Buffer.alloc(40).toString('base64'), /PEM, DER, base64/],
  [
    'base64 without an end',
    [1, 2, 3, 4, 5, 6].reduce((text) => Buffer.from(text).toString('base64'), ed.pem),
    /PEM, DER/,
  ],
  ['nothing', ' ', /empty/],
]

describe('what is no usable public key is refused by name, and the message says what it is', () => {
  it.each(WRONG)('%s', async (_, input, spoken) => {
    const error = await Promise.resolve()
      .then(() => localKeys([input as never], ['RS256'], 'keys').ready())
      .then(
        () => null,
        (reason: unknown) => reason as Error,
      )
    expect(pathOf(error)).toBe('keys[0]')
    expect(error?.message).toMatch(spoken)
  })

  it('whatever the text', () => {
    const pieces = fc.constantFrom(
      '-----BEGIN PUBLIC KEY-----',
      '-----END PUBLIC KEY-----',
      '\n',
      '=',
      'MIIB',
      ' ',
      '"',
    )
    const text = fc.array(fc.oneof(pieces, fc.string(), fc.base64String())).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array()), (input) => {
        const material = readKeyMaterial(input)
        if (material.kind === 'der') expect(material.der[0]).toBe(0x30)
      }),
      { numRuns: 500 },
    )
  })
})

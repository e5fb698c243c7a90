import { describe, expect, it } from 'vitest'
import { usableKeys } from '../../../src/keys/key-set/fetch-key-set.js'
import { fitsAlgorithm, jwkProblem } from '../../../src/keys/import/jwk.js'
import { ecPair, edPair, rsaPair } from '../../support/tokens.js'

const rsa = rsaPair().jwk
const ec = ecPair().jwk
const ed = edPair().jwk
const hex = (text: string) => Buffer.from(text, 'hex').toString('base64url')

describe('a key that may verify', () => {
  it.each<[string, object]>([
    ['RSA of 2048 bits', rsa],
    ['RSA with an exponent of 3', { ...rsa, e: 'Aw' }],
    ['P-256', ec],
    ['P-384', ecPair('P-384').jwk],
    ['P-521', ecPair('P-521').jwk],
    ['Ed25519', ed],
    ['with use, key_ops and alg', { ...rsa, use: 'sig', key_ops: ['verify'], alg: 'RS256', kid: 'a' }],
    ['with members that nobody knows', { ...ec, x5c: ['AAAA'], nbf: 1, '': null }],
  ])('is %s', (_, jwk) => {
    expect(jwkProblem(jwk)).toBeNull()
  })
})

describe('a key that must not verify', () => {
  it.each<[string, unknown]>([
    ['RSA of 1024 bits', rsaPair(1024).jwk],
    ['RSA padded to 2048 bits with zeros', { ...rsa, n: `AAAA${rsaPair(1024).jwk['n']}`.padEnd(344, 'A') }],
    ['RSA of over 8192 bits', { ...rsa, n: Buffer.alloc(1025, 255).toString('base64url') }],
    ['RSA with an exponent of 1', { ...rsa, e: 'AQ' }],
    ['RSA with an even exponent', { ...rsa, e: 'BA' }],
    ['RSA with an exponent of 0', { ...rsa, e: 'AA' }],
    ['RSA with an exponent of many bytes', { ...rsa, e: Buffer.alloc(40, 1).toString('base64url') }],
    ['RSA without a modulus', { kty: 'RSA', e: 'AQAB' }],
    ['RSA with a padded modulus', { ...rsa, n: `${rsa['n']}==` }],
    ['a private key', { ...rsa, d: 'AAAA' }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['symmetric material in disguise', { ...ec, k: 'AAAA' }],
    ['secp256k1', { ...ec, crv: 'secp256k1' }],
    ['a short coordinate', { ...ec, x: 'AAAA' }],
    ['a coordinate that is no text', { ...ec, x: [1] }],
    ['X25519', { ...ed, crv: 'X25519' }],
    ['Ed448', { ...ed, crv: 'Ed448' }],
    ['Ed25519 of a wrong size', { ...ed, x: 'AAAA' }],
    ['for encryption', { ...rsa, use: 'enc' }],
    ['for signing only', { ...rsa, key_ops: ['sign'] }],
    ['with key_ops that is no list', { ...rsa, key_ops: 'verify' }],
    ['with a kid that is no text', { ...rsa, kid: 1 }],
    ['with an alg that is no text', { ...rsa, alg: null }],
    ['of no type', {}],
    ['null', null],
    ['a list', [rsa]],
    ['a text', 'key'],
  ])('is %s', (_, jwk) => {
    expect(jwkProblem(jwk)).not.toBeNull()
  })

  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ])('is an Ed25519 point of small order: %s', (point) => {
    expect(jwkProblem({ ...ed, x: hex(point) })).not.toBeNull()
  })
})

it('fits an algorithm by type, curve and its own alg', () => {
  expect(fitsAlgorithm(rsa, 'RS256')).toBe(true)
  expect(fitsAlgorithm(rsa, 'PS512')).toBe(true)
  expect(fitsAlgorithm({ ...rsa, alg: 'RS256' }, 'RS512')).toBe(false)
  expect(fitsAlgorithm(rsa, 'ES256')).toBe(false)
  expect(fitsAlgorithm(ec, 'ES256')).toBe(true)
  expect(fitsAlgorithm(ec, 'ES384')).toBe(false)
  expect(fitsAlgorithm(ed, 'EdDSA')).toBe(true)
  expect(fitsAlgorithm({ ...ed, alg: 'Ed25519' }, 'EdDSA')).toBe(true)
  expect(fitsAlgorithm(ed, 'RS256')).toBe(false)
})

describe('a set of keys', () => {
  it('is not spoiled by bad entries', () => {
    const { keys, skipped } = usableKeys([null, { kty: 'oct', k: 'x' }, { ...rsa, kid: 'a' }, 'x', [], ec])
    expect(keys.map(({ kid }) => kid)).toEqual(['a', null])
    expect(skipped).toBe(4)
  })

  it('loses every key whose kid stands twice', () => {
    const { keys, skipped } = usableKeys([
      { ...rsa, kid: 'a' },
      { ...ec, kid: 'a' },
      { ...ed, kid: 'b' },
    ])
    expect(keys.map(({ kid }) => kid)).toEqual(['b'])
    expect(skipped).toBe(2)
  })
})

import { describe, expect, it } from 'vitest'
import type { Carriage } from '../../src/route/carriers.js'
import { matches, overlap, present, type PatternShape, type PrefixShape, type Shape } from '../../src/route/shape.js'
import { mint } from '../support/tokens.js'
import { BEARER, jwtShape as jwt } from '../support/shapes.js'

const COOKIE: Carriage = { bearer: false, headers: [], cookies: ['sid'] }
const HEADER: Carriage = { bearer: false, headers: ['x-api-key'], cookies: [] }

const prefix = (text: string, carriage = BEARER, minLength = 0, maxLength = Infinity): Shape => ({
  kind: 'prefix',
  carriage,
  prefix: text,
  minLength,
  maxLength,
})
const opaque = (text: string, minLength = 0, maxLength = Infinity, carriage = BEARER): Shape => ({
  ...(prefix(text, carriage, minLength, maxLength) as PrefixShape),
  opaque: true,
})
/** How the header of an encrypted JWT of `A256GCM` begins. */
const JWE_GCM = Buffer.from('{"alg":"dir","enc":"A256GCM').toString('base64url')
const pattern = (name: PatternShape['pattern']): Shape => ({
  kind: 'pattern',
  carriage: BEARER,
  pattern: name,
})
const cookie: Shape = { kind: 'cookie', carriage: COOKIE }

const owns = (
  shape: Shape,
  value: string,
  carrier: 'bearer' | 'cookie' | 'header' = 'bearer',
  name = 'authorization',
) => matches(shape, present({ carrier, name, value }))

describe('what a JWT shape owns', () => {
  const token = (claims: object, header: object = {}) => mint({ claims, header: { alg: 'HS256', ...header } })

  it('is told by algorithm', () => {
    expect(owns(jwt(), token({}))).toBe(true)
    expect(owns(jwt({ algorithms: ['RS256'] }), token({}))).toBe(false)
  })

  it('is told by an exact issuer, and home-grown tokens without one are claimable', () => {
    expect(owns(jwt(), token({ iss: 'https://a.example' }))).toBe(false)
    expect(owns(jwt({ issuers: ['https://a.example'] }), token({ iss: 'https://a.example' }))).toBe(true)
    for (const iss of [
      'https://a.example/',
      'https://A.example',
      'https://a.example.evil',
      '',
      null,
      ['https://a.example'],
    ])
      expect(owns(jwt({ issuers: ['https://a.example'] }), token({ iss }))).toBe(false)
  })

  it('is told by an audience where one is configured', () => {
    const shape = jwt({ audiences: ['api'] })
    expect(owns(shape, token({ aud: 'api' }))).toBe(true)
    expect(owns(shape, token({ aud: ['web', 'api'] }))).toBe(true)
    for (const aud of [undefined, 'web', 'api ', ['web'], [['api']], { api: 1 }, ['api', 1], 'web,api'])
      expect(owns(shape, token({ aud }))).toBe(false)
  })

  it('is told by a key id where one is configured', () => {
    expect(owns(jwt({ keyIds: ['k1'] }), token({}, { kid: 'k1' }))).toBe(true)
    expect(owns(jwt({ keyIds: ['k1'] }), token({}))).toBe(false)
    expect(owns(jwt({ keyIds: ['k1'] }), token({}, { kid: 'k2' }))).toBe(false)
  })
})

describe('what other shapes own', () => {
  it('is told by prefix and length', () => {
    expect(owns(prefix('sk_'), 'sk_1')).toBe(true)
    expect(owns(prefix('sk_'), 'SK_1')).toBe(false)
    expect(owns(prefix('sk_', BEARER, 5, 6), 'sk_1')).toBe(false)
    expect(owns(prefix('sk_', BEARER, 5, 6), 'sk_1234')).toBe(false)
  })

  it('is told by length and an alphabet without a dot, where a value is opaque', () => {
    const shape = opaque('', 43, 43)
    expect(owns(shape, 'a-_9'.repeat(10) + 'xyz')).toBe(true)
    for (const value of [
      'a'.repeat(42),
      'a'.repeat(44),
      `${'a'.repeat(41)}.a`,
      `${'a'.repeat(42)}=`,
      'a'.repeat(42) + '\n',
    ])
      expect(owns(shape, value)).toBe(false)
    expect(owns(opaque('', 20, 2000), mint())).toBe(false)
  })

  it('is told by alphabet and length', () => {
    const token = 'a1'.repeat(16)
    expect(owns(pattern('session-token'), token)).toBe(true)
    expect(owns(pattern('session-token'), `${token}a`)).toBe(false)
    expect(owns(pattern('signed-session-token'), `${token}.${'a'.repeat(43)}=`)).toBe(true)
    expect(owns(pattern('signed-session-token'), `${token}.${'-'.repeat(43)}=`)).toBe(false)
  })

  it('is told by the encryption that its header names', () => {
    const jwe = (header: object, key = '') =>
      `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${key}.aa.bb.cc`
    const [cbc, gcm] = [jwe({ alg: 'dir', enc: 'A256CBC-HS512', kid: 'k' }), jwe({ alg: 'dir', enc: 'A256GCM' })]
    expect([owns(pattern('jwe-cbc'), cbc), owns(pattern('jwe-gcm'), cbc)]).toEqual([true, false])
    expect([owns(pattern('jwe-cbc'), gcm), owns(pattern('jwe-gcm'), gcm)]).toEqual([false, true])
    expect(owns(pattern('jwe-gcm'), jwe({ alg: 'dir', enc: 'A256GCM' }, 'key'))).toBe(false)
    expect(owns(pattern('jwe-gcm'), `${gcm}.dd`)).toBe(false)
    expect(owns(pattern('jwe-gcm'), gcm.slice(0, -3))).toBe(false)
  })

  it('is told by carrier and name first', () => {
    expect(owns(cookie, 'anything', 'cookie', 'sid')).toBe(true)
    expect(owns(cookie, 'anything', 'cookie', 'SID')).toBe(false)
    expect(owns(cookie, 'anything')).toBe(false)
    expect(owns(prefix('sk_', HEADER), 'sk_1', 'header', 'x-api-key')).toBe(true)
    expect(owns(prefix('sk_', HEADER), 'sk_1')).toBe(false)
  })
})

describe('two shapes that one credential could have', () => {
  it.each<[string, Shape, Shape, boolean]>([
    ['JWTs of one algorithm without issuers', jwt(), jwt(), true],
    ['JWTs of other algorithms', jwt(), jwt({ algorithms: ['RS256'] }), false],
    ['JWTs with and without an issuer', jwt(), jwt({ issuers: ['a'] }), false],
    ['JWTs of other issuers', jwt({ issuers: ['b'] }), jwt({ issuers: ['a'] }), false],
    ['JWTs of a common issuer', jwt({ issuers: ['b', 'a'] }), jwt({ issuers: ['a'] }), true],
    ['JWTs of other audiences', jwt({ audiences: ['b'] }), jwt({ audiences: ['a'] }), false],
    ['JWTs of one audience and of any', jwt({ audiences: ['b'] }), jwt(), true],
    ['JWTs of other key ids', jwt({ keyIds: ['b'] }), jwt({ keyIds: ['a'] }), false],
    ['JWTs in other carriers', jwt(), jwt({ carriage: COOKIE }), false],
    ['one prefix inside the other', prefix('sk_'), prefix('sk_live_'), true],
    ['prefixes that differ', prefix('sk_test_'), prefix('sk_live_'), false],
    ['one prefix of other lengths', prefix('sk_', BEARER, 0, 30), prefix('sk_', BEARER, 31, 40), false],
    ['a prefix and a JWT', prefix('sk_'), jwt(), false],
    ['a prefix that begins like a JWT', prefix('eyJ'), jwt(), true],
    ['a prefix that a session token may begin with', prefix('abc', BEARER, 20, 40), pattern('session-token'), true],
    ['a prefix that no session token begins with', prefix('sk_', BEARER, 20, 40), pattern('session-token'), false],
    ['an opaque value and a JWT', opaque('', 20, 2000), jwt(), false],
    ['an opaque value and a signed session token', opaque('', 77, 77), pattern('signed-session-token'), false],
    ['an opaque value and a session token of its length', opaque('', 32, 32), pattern('session-token'), true],
    ['an opaque value and a session token of another', opaque('', 43, 43), pattern('session-token'), false],
    ['an opaque value and a prefix of its length', opaque('', 43, 43), prefix('sk_'), true],
    ['opaque values of other lengths', opaque('', 43, 43), opaque('', 32, 32), false],
    ['one pattern', pattern('session-token'), pattern('session-token'), true],
    ['two patterns', pattern('session-token'), pattern('signed-session-token'), false],
    ['encrypted JWTs and signed ones', pattern('jwe-gcm'), jwt(), false],
    ['encrypted JWTs of other encryptions', pattern('jwe-gcm'), pattern('jwe-cbc'), false],
    ['encrypted JWTs and session tokens', pattern('jwe-cbc'), pattern('signed-session-token'), false],
    ['encrypted JWTs and a prefix that they begin with', pattern('jwe-cbc'), prefix('eyJ'), true],
    ['encrypted JWTs and a prefix that they may begin with', pattern('jwe-gcm'), prefix(`${JWE_GCM}In0`), true],
    ['encrypted JWTs and the beginning of the others', pattern('jwe-cbc'), prefix(JWE_GCM), false],
    [
      'encrypted JWTs and a prefix of their beginning that is too short',
      pattern('jwe-cbc'),
      prefix('ey', BEARER, 0, 40),
      false,
    ],
    ['encrypted JWTs and opaque values', pattern('jwe-cbc'), opaque('', 20, 2000), false],
    ['encrypted JWTs and any value', pattern('jwe-cbc'), prefix(''), true],
    ['a cookie and a JWT in it', cookie, jwt({ carriage: COOKIE }), true],
    ['a cookie and a bearer', cookie, jwt(), false],
  ])('%s', (_, a, b, expected) => {
    expect(overlap(a, b)).toBe(expected)
    expect(overlap(b, a)).toBe(expected)
  })
})

it('reads a JWT once, when a shape first asks', () => {
  const presented = present({ carrier: 'bearer', name: 'authorization', value: mint() })
  expect(presented.jwt()).toBe(presented.jwt())
  expect(present({ carrier: 'bearer', name: 'authorization', value: 'opaque' }).jwt()).toBeNull()
})

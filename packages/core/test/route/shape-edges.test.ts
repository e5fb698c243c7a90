import { describe, expect, it } from 'vitest'
import type { Carriage } from '../../src/route/carriers.js'
import {
  audiencesOf,
  matches,
  overlap,
  present,
  type JwtShape,
  type PatternShape,
  type PrefixShape,
  type Shape,
} from '../../src/route/shape.js'
import { mint } from '../support/tokens.js'
import { BEARER, jwtShape as jwt } from '../support/shapes.js'

const prefix = (text: string, fields: Partial<PrefixShape> = {}): PrefixShape => ({
  kind: 'prefix',
  carriage: BEARER,
  prefix: text,
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
  ...fields,
})
const pattern = (name: PatternShape['pattern']): PatternShape => ({ kind: 'pattern', carriage: BEARER, pattern: name })

const owns = (shape: Shape, value: string) =>
  matches(shape, present({ carrier: 'bearer', name: 'authorization', value }))
const token = (claims: object, header: object = {}) => mint({ claims, header: { alg: 'HS256', ...header } })

describe('a JWT', () => {
  it.each([
    [undefined, true, true],
    [true, true, false],
    [false, false, true],
  ])('is told by whether it names a session, where sid is %s', (sid, withSession, without) => {
    const shape = jwt(sid === undefined ? {} : { sid })
    expect(owns(shape, token({ sid: 'session' }))).toBe(withSession)
    expect(owns(shape, token({}))).toBe(without)
  })

  it('names a session with any sid, and by an own claim only', () => {
    expect(owns(jwt({ sid: true }), token({ sid: null }))).toBe(true)
    expect(owns(jwt({ sid: true }), token({ SID: 'a' }))).toBe(false)
  })

  it('needs a key id that is one of several', () => {
    const shape = jwt({ keyIds: ['a', 'b'] })
    expect(owns(shape, token({}, { kid: 'b' }))).toBe(true)
    expect(owns(shape, token({}, { kid: '' }))).toBe(false)
    expect(owns(jwt({ keyIds: [] }), token({}, { kid: 'a' }))).toBe(false)
  })

  it('is none where it is an opaque value with dots', () => {
    expect(owns(jwt(), 'a.b.c')).toBe(false)
    expect(owns(jwt(), 'opaque')).toBe(false)
  })

  it.each<[unknown, readonly string[]]>([
    ['a', ['a']],
    ['', ['']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[], []],
    [['a', 1], []],
    [{ a: 1 }, []],
    [undefined, []],
    [null, []],
    [7, []],
  ])('of the audience %j is for %j', (aud, audiences) => {
    expect(audiencesOf({ claims: { aud } })).toEqual(audiences)
  })
})

describe('an opaque value', () => {
  const bounded = prefix('sk_', { minLength: 5, maxLength: 7 })

  it.each([
    ['sk_1', false],
    ['sk_12', true],
    ['sk_1234', true],
    ['sk_12345', false],
    ['xk_12', false],
    ['1sk_12', false],
  ])('of a length from 5 to 7: %s is owned: %s', (value, expected) => {
    expect(owns(bounded, value)).toBe(expected)
  })

  it.each(['a.b', 'a b', 'a+b', '=ab', 'ab='])('holds no other characters: %j', (value) => {
    expect(owns(prefix('', { opaque: true }), value)).toBe(false)
    expect(owns(prefix('', { opaque: false }), value)).toBe(true)
    expect(owns(prefix(''), value)).toBe(true)
  })
})

describe('a session token', () => {
  it.each(['a'.repeat(31), 'a'.repeat(33), `${'a'.repeat(31)}-`, ` ${'a'.repeat(32)}`, `${'a'.repeat(32)}\n`])(
    'is 32 letters and digits: not %j',
    (value) => {
      expect(owns(pattern('session-token'), value)).toBe(false)
    },
  )

  it.each([
    `${'a'.repeat(32)}.${'a'.repeat(42)}=`,
    `${'a'.repeat(32)}.${'a'.repeat(44)}=`,
    `${'a'.repeat(32)}.${'a'.repeat(43)}`,
    `x${'a'.repeat(32)}.${'a'.repeat(43)}=`,
    `${'a'.repeat(32)}.${'a'.repeat(43)}=x`,
    `${'a'.repeat(32)}x${'a'.repeat(43)}=`,
  ])('is signed with 43 characters and one =: not %j', (value) => {
    expect(owns(pattern('signed-session-token'), value)).toBe(false)
  })
})

describe('two shapes that one credential could have', () => {
  const both = (sid: boolean | undefined): Partial<JwtShape> => (sid === undefined ? {} : { sid })

  it.each<[string, Shape, Shape, boolean]>([
    ['JWTs with a session and without', jwt(both(true)), jwt(both(false)), false],
    ['JWTs with a session', jwt(both(true)), jwt(both(true)), true],
    ['JWTs without a session, and any', jwt(both(false)), jwt(), true],
    ['JWTs of one key id', jwt({ keyIds: ['a', 'b'] }), jwt({ keyIds: ['b'] }), true],
    ['JWTs of one key id, and any', jwt({ keyIds: ['a'] }), jwt(), true],
    ['JWTs of a common audience', jwt({ audiences: ['a', 'b'] }), jwt({ audiences: ['b'] }), true],
    ['JWTs of a common algorithm', jwt({ algorithms: ['RS256', 'HS256'] }), jwt(), true],
    ['JWTs of an empty list of algorithms', jwt({ algorithms: [] }), jwt(), false],
    ['prefixes whose lengths touch', prefix('sk_', { maxLength: 30 }), prefix('sk_', { minLength: 30 }), true],
    ['prefixes whose lengths do not', prefix('sk_', { maxLength: 30 }), prefix('sk_', { minLength: 31 }), false],
    ['prefixes of one length that differ', prefix('a', { maxLength: 30 }), prefix('b', { maxLength: 30 }), false],
    ['an empty prefix and a JWT', prefix(''), jwt(), true],
    ['the first letter of JWTs and a JWT', prefix('e'), jwt(), true],
    ['the first letters of JWTs and a JWT', prefix('ey'), jwt(), true],
    ['what goes on otherwise and a JWT', prefix('ex'), jwt(), false],
    ['a prefix with ey within and a JWT', prefix('key_'), jwt(), false],
    ['an opaque empty prefix and a JWT', prefix('', { opaque: true }), jwt(), false],
    ['a prefix of no length of a session token', prefix('a', { minLength: 33 }), pattern('session-token'), false],
    ['a prefix shorter than a session token', prefix('a', { maxLength: 31 }), pattern('session-token'), false],
    [
      'a prefix as long as a session token',
      prefix('a', { minLength: 32, maxLength: 32 }),
      pattern('session-token'),
      true,
    ],
    [
      'a prefix as long as a signed one',
      prefix('a', { minLength: 77, maxLength: 77 }),
      pattern('signed-session-token'),
      true,
    ],
    ['a prefix longer than a signed one', prefix('a', { minLength: 78 }), pattern('signed-session-token'), false],
    ['a prefix shorter than a signed one', prefix('a', { maxLength: 76 }), pattern('signed-session-token'), false],
    ['a prefix with a dash and a signed one', prefix('a-'), pattern('signed-session-token'), false],
    ['a prefix that begins with a dash', prefix('-a'), pattern('signed-session-token'), false],
    ['an opaque value and an opaque one', prefix('a', { opaque: true }), prefix('ab', { opaque: true }), true],
    ['an opaque value and a signed one', prefix('', { opaque: true }), pattern('signed-session-token'), false],
    ['an opaque value and a session token', prefix('', { opaque: true }), pattern('session-token'), true],
    ['a JWT and a session token', jwt(), pattern('session-token'), false],
    ['a JWT and a signed session token', jwt(), pattern('signed-session-token'), false],
    ['signed session tokens', pattern('signed-session-token'), pattern('signed-session-token'), true],
  ])('%s', (_, a, b, expected) => {
    expect(overlap(a, b)).toBe(expected)
    expect(overlap(b, a)).toBe(expected)
  })

  it('travel in one carrier, or they do not meet', () => {
    const elsewhere: Carriage = { bearer: false, headers: ['x'], cookies: [] }
    for (const shape of [jwt(), prefix(''), pattern('session-token')])
      expect(overlap(shape, { ...shape, carriage: elsewhere })).toBe(false)
    expect(overlap({ kind: 'cookie', carriage: elsewhere }, prefix('a', { carriage: elsewhere }))).toBe(true)
    expect(overlap(jwt({ carriage: elsewhere }), { kind: 'cookie', carriage: elsewhere })).toBe(true)
  })
})

describe('what is presented', () => {
  it('is read by the reader of its instance, once, and only where it looks like a JWT', () => {
    let reads = 0
    const read = () => {
      reads++
      return null
    }
    const presented = present({ carrier: 'bearer', name: 'authorization', value: 'a.b.c' }, read)
    expect([presented.jwt(), presented.jwt(), reads]).toEqual([null, null, 1])
    expect(present({ carrier: 'bearer', name: 'authorization', value: 'a.b' }, read).jwt()).toBeNull()
    expect(reads).toBe(1)
  })

  it('keeps what came along, and nothing where nothing did', () => {
    const credential = { carrier: 'cookie', name: 's', value: 'v' } as const
    /** Without its readings. */
    const dataOf = (presented: object) =>
      Object.fromEntries(Object.entries(presented).filter(([, member]) => typeof member !== 'function'))
    expect(dataOf(present(credential))).toStrictEqual(credential)
    for (const more of [{ companions: new Map() }, { chunks: 2 }])
      expect(dataOf(present({ ...credential, ...more }))).toStrictEqual({ ...credential, ...more })
  })
})

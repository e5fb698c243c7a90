import { describe, expect, it } from 'vitest'
import { claimReader, claimSource, UNREADABLE } from '../../../src/settings/claim-source.js'
import { deepFreeze, idIn, listOf, namesIn, objectOf, textIn, textOf } from '../../../src/verify/jwt/mapped-claims.js'
import {
  checkRegisteredClaims,
  expiryOf,
  issuedAtOf,
  type ClaimRules,
} from '../../../src/verify/jwt/registered-claims.js'
import { acceptJwt } from '../../../src/verify/jwt/remember-jwt.js'
import { otherPurposeOf } from '../../../src/verify/jwt/stated-purpose.js'
import { identity } from '../../support/verifiers.js'
import { wrongOption } from '../../support/outcome.js'

const NOW = 1_700_000_000
const RULES: ClaimRules = { clockToleranceSeconds: 5, issuers: null, audiences: null, maxAgeSeconds: null }
const EXPIRES = { exp: NOW + 60 }

/** `code reason claim`, or `good`. */
function checked(claims: object, rules: Partial<ClaimRules> = {}, header: object = {}): string {
  const jwt = { header, claims } as Parameters<typeof checkRegisteredClaims>[0]
  const refusal = checkRegisteredClaims(jwt, { ...RULES, ...rules }, NOW * 1000)
  return refusal === null ? 'good' : `${refusal.code} ${refusal.reason} ${refusal.claim}`
}

describe('the times of a token', () => {
  it.each<[object, Partial<ClaimRules>, string]>([
    [{ exp: NOW + 1 }, {}, 'good'],
    [{ exp: NOW - 4 }, {}, 'good'],
    [{ exp: NOW - 5 }, {}, 'credential_expired expired exp'],
    [{}, {}, 'credential_invalid claims exp'],
    [{}, { expOptional: true }, 'good'],
    [{ exp: NOW - 60 }, { expOptional: true }, 'credential_expired expired exp'],
    [{ ...EXPIRES, nbf: NOW + 5 }, {}, 'good'],
    [{ ...EXPIRES, nbf: NOW + 6 }, {}, 'credential_invalid not_yet_valid nbf'],
    [{ ...EXPIRES, iat: NOW + 5 }, {}, 'good'],
    [{ ...EXPIRES, iat: NOW + 6 }, {}, 'credential_invalid not_yet_valid iat'],
    [{ exp: NOW, iat: NOW }, {}, 'good'],
    [{ exp: NOW, iat: NOW + 1 }, {}, 'credential_invalid claims exp'],
    [{ iat: NOW - 60 }, { maxAgeSeconds: 60 }, 'good'],
    [{ iat: NOW - 64 }, { maxAgeSeconds: 60 }, 'good'],
    [{ iat: NOW - 65 }, { maxAgeSeconds: 60 }, 'credential_expired expired iat'],
    [EXPIRES, { maxAgeSeconds: 60 }, 'credential_invalid claims iat'],
    [{ ...EXPIRES, iat: NOW - 65 }, { maxAgeSeconds: 60 }, 'credential_expired expired iat'],
    [{ exp: NOW - 60, iat: NOW - 65 }, { maxAgeSeconds: 600 }, 'credential_expired expired exp'],
    [{ exp: 100_000_000_000 }, {}, 'good'],
    [{ exp: 100_000_000_001 }, {}, 'credential_invalid claims exp'],
    [{ ...EXPIRES, nbf: 0, iat: 0 }, {}, 'good'],
  ])('%j under %j are %s', (claims, rules, expected) => {
    expect(checked(claims, rules)).toBe(expected)
  })

  it.each(['exp', 'nbf', 'iat'])('are numbers: not %s of another form', (name) => {
    for (const value of ['1700000000', -1, Number.NaN, Number.POSITIVE_INFINITY, null, true, [NOW]])
      expect(checked({ ...EXPIRES, [name]: value }, { expOptional: true })).toBe(`credential_invalid claims ${name}`)
  })

  it('come to an end and a beginning', () => {
    expect(expiryOf({ claims: { exp: 10 } }, null)).toBe(10)
    expect(expiryOf({ claims: { exp: 10, iat: 1 } }, 5)).toBe(6)
    expect(expiryOf({ claims: { exp: 5, iat: 1 } }, 5)).toBe(5)
    expect(expiryOf({ claims: { iat: 1 } }, 5)).toBe(6)
    expect(expiryOf({ claims: { iat: 1 } }, null)).toBeNull()
    expect(expiryOf({ claims: { iat: '1' } }, 5)).toBeNull()
    expect(expiryOf({ claims: { exp: 'x' } }, null)).toBeNull()
    expect(issuedAtOf({ claims: { iat: 0 } })).toBe(0)
    for (const iat of [undefined, '1', -1]) expect(issuedAtOf({ claims: { iat } })).toBeNull()
  })
})

describe('issuer and audience of a token', () => {
  it.each<[object, Partial<ClaimRules>, string]>([
    [{ iss: 'i' }, {}, 'credential_invalid issuer iss'],
    [{ iss: 'i' }, { issuers: ['h', 'i'] }, 'good'],
    [{ iss: 'j' }, { issuers: ['h', 'i'] }, 'credential_invalid issuer iss'],
    [{}, { issuers: ['i'] }, 'credential_invalid issuer iss'],
    [{ iss: ['i'] }, { issuers: ['i'] }, 'credential_invalid issuer iss'],
    [{ aud: 'a' }, {}, 'good'],
    [{ aud: ['a', 'b'] }, { audiences: ['b'] }, 'good'],
    [{ aud: 'c' }, { audiences: ['a', 'b'] }, 'credential_invalid audience aud'],
    [{}, { audiences: ['a'] }, 'credential_invalid audience aud'],
    [{ aud: [] }, {}, 'credential_invalid audience aud'],
    [{ aud: 7 }, {}, 'credential_invalid audience aud'],
    [{ aud: 'better-auth:session-cache' }, {}, 'credential_invalid purpose aud'],
    [{ azp: 'x' }, { clients: ['c'] }, 'credential_invalid audience azp'],
    [{ azp: 'c' }, { clients: ['c'] }, 'good'],
  ])('%j under %j are %s', (claims, rules, expected) => {
    expect(checked({ ...EXPIRES, ...claims }, rules)).toBe(expected)
  })
})

describe('the purpose of a token', () => {
  it.each<[object, object, Partial<ClaimRules>, string]>([
    [{ typ: 'JWT' }, {}, {}, 'good'],
    [{ typ: 'at+jwt' }, {}, {}, 'good'],
    [{ typ: 'application/at+JWT' }, {}, {}, 'good'],
    [{ typ: 'application/jwt' }, {}, {}, 'good'],
    [{ typ: 'logout+jwt' }, {}, {}, 'credential_invalid purpose header.typ'],
    [{ typ: 'own+jwt' }, {}, { types: ['own+jwt'] }, 'good'],
    [{ typ: 'OWN+jwt' }, {}, { types: ['own+jwt'] }, 'credential_invalid purpose header.typ'],
    [{}, { cnf: {} }, {}, 'credential_invalid bound_to_key cnf'],
    [{}, { token_use: 'access' }, {}, 'good'],
    [{}, { token_use: 'id' }, {}, 'credential_invalid purpose token_use'],
    [{}, { events: {} }, {}, 'credential_invalid purpose events'],
    [{}, { at_hash: 'x' }, {}, 'credential_invalid purpose at_hash'],
    [{}, { c_hash: 'x' }, {}, 'credential_invalid purpose c_hash'],
    [{}, { nonce: 'x' }, {}, 'credential_invalid purpose nonce'],
    [{}, { nonce: 'x', typ: 'Bearer' }, {}, 'good'],
    [{}, { nonce: 'x', typ: 'ID' }, {}, 'credential_invalid purpose nonce'],
    [{}, { nonce: 'x', typ: ['bearer'] }, {}, 'credential_invalid purpose nonce'],
  ])('of %j and %j under %j is %s', (header, claims, rules, expected) => {
    expect(checked({ ...EXPIRES, ...claims }, rules, header)).toBe(expected)
  })

  it.each<[object, boolean, string | null]>([
    [{ type: 'access' }, true, null],
    [{ type: 'refresh' }, true, 'type'],
    [{ Token_Type: 'RefreshToken' }, true, 'Token_Type'],
    [{ 'token-use': ['access', 'reset'] }, true, 'token-use'],
    [{ purpose: 'password_reset' }, true, 'purpose'],
    [{ purpose: 'reset '.repeat(11) }, true, null],
    [{ kind: 'id_token' }, true, 'kind'],
    [{ kind: 'email' }, true, 'kind'],
    [{ kind: 'user' }, true, null],
    [{ usage: 'link' }, true, null],
    [{ scope: 'refresh' }, true, 'scope'],
    [{ scope: 'email' }, true, null],
    [{ scope: 'read verify' }, true, null],
    [{ scope: 'verify,reset' }, true, 'scope'],
    [{ scope: '' }, true, null],
    [{ scp: ['verify', 'reset'] }, true, 'scp'],
    [{ scopes: ['verify reset'] }, true, 'scopes'],
    [{ aud: 'app:reset' }, true, 'aud'],
    [{ aud: 'app:reset' }, false, null],
    [{ aud: ['api', 'refresh'] }, true, 'aud'],
    [{ aud: 'reset:app' }, true, null],
    [{ other: 'refresh' }, true, null],
    [{ prototype: 'refresh', xtype: 'refresh', typex: 'refresh' }, true, null],
    [{ sub: 'a', use: 'magic-link' }, true, 'use'],
    [{ type: { refresh: true } }, true, null],
  ])('that a token states of itself: %j, audience too: %s, is %s', (claims, audienceToo, claim) => {
    expect(otherPurposeOf(claims as never, audienceToo)).toBe(claim)
  })
})

describe('a value of a claim', () => {
  const long = 'a'.repeat(255)

  it.each<[unknown, string | null, string | null]>([
    ['a', 'a', 'a'],
    [long, long, long],
    [`${long}a`, null, null],
    ['', null, null],
    ['a\nb', null, null],
    ['a\u007fb', null, null],
    ['a\u001fb', null, null],
    ['a b', 'a b', 'a b'],
    ['é', 'é', 'é'],
    [7, '7', null],
    [0, '0', null],
    [1.5, null, null],
    [2 ** 53, null, null],
    [Number.NaN, null, null],
    [true, null, null],
    [null, null, null],
    [['a'], null, null],
  ])('%j is the id %j and the text %j', (value, id, text) => {
    expect(idIn(value)).toBe(id)
    expect(textIn(value)).toBe(text)
    expect(textOf({ claim: value }, 'claim')).toBe(text)
  })

  it.each<[unknown, RegExp | null, readonly string[]]>([
    ['a b', null, ['a b']],
    ['a b', / +/, ['a', 'b']],
    [' a  b ', / +/, ['a', 'b']],
    ['', null, []],
    [['a', 'b c'], / +/, ['a', 'b c']],
    [['a', 7], null, []],
    [[], null, []],
    [{ a: 1 }, null, []],
    [undefined, null, []],
  ])('%j split at %s is the list %j', (value, separator, names) => {
    expect(namesIn(value, separator)).toEqual(names)
    expect(listOf({ claim: value }, 'claim', separator)).toEqual(names)
  })

  it('is a list of a thousand names at most', () => {
    expect(namesIn(Array(1_000).fill('a'))).toHaveLength(1_000)
    expect(namesIn(Array(1_001).fill('a'))).toEqual([])
  })

  it('is an object, or an empty one', () => {
    const value = { a: 1 }
    expect(objectOf(value)).toBe(value)
    for (const other of [null, undefined, 'a', 7, ['a']]) expect(objectOf(other)).toEqual({})
  })

  it('is frozen all the way down, also where it refers to itself', () => {
    const bytes = new Uint8Array(1)
    const value: Record<string, unknown> = { list: [{ a: 1 }], bytes, none: null }
    value['self'] = value
    expect(deepFreeze(value)).toBe(value)
    expect([Object.isFrozen(value), Object.isFrozen((value['list'] as object[])[0])]).toEqual([true, true])
    expect(Object.isFrozen(bytes)).toBe(false)
    expect(deepFreeze('text')).toBe('text')
  })
})

it('a frozen object has no own member __proto__, at any depth', () => {
  const text = '{"p":{"__proto__":{"admin":true},"a":1},"list":[{"__proto__":{"admin":true}}],"__proto__":{"b":1}}'
  const value = deepFreeze(JSON.parse(text) as { p: object; list: [object] })
  expect(JSON.stringify(value)).toBe('{"p":{"a":1},"list":[{}]}')
  for (const part of [value.p, value.list[0]]) expect(Object.assign({}, part)).not.toHaveProperty('admin')
})

describe('where a claim stands', () => {
  const read = (source: Parameters<typeof claimReader>[0], claims: object) =>
    claimReader(source, 'v(name).claims.roles').read(claims as never)

  it.each<[Parameters<typeof claimReader>[0], object, unknown]>([
    ['a', { a: 1 }, 1],
    ['a', {}, undefined],
    ['toString', {}, undefined],
    ['a.b', { a: { b: 1 } }, 1],
    ['a.b', { 'a.b': 2, a: { b: 1 } }, 2],
    ['a.b', { 'a.b': undefined, a: { b: 1 } }, undefined],
    ['a.b', { a: ['x'] }, UNREADABLE],
    ['a.length', { a: ['x'] }, UNREADABLE],
    ['a.b', { a: null }, undefined],
    ['a.b', { a: 'text' }, UNREADABLE],
    ['a.toString', { a: {} }, undefined],
    ['https://x.example/a.b', { 'https://x.example/a.b': 1 }, 1],
    ['https://x.example/a.b', { 'https://x': { 'example/a': { b: 1 } } }, undefined],
    ['urn:a.b', { 'urn:a.b': 1 }, 1],
    [['a', 'b.c'], { a: { 'b.c': 1 } }, 1],
    [['a.b'], { 'a.b': 1, a: { b: 2 } }, 1],
    [['a.b'], { a: { b: 2 } }, undefined],
    [(claims) => claims['a'], { a: 1 }, 1],
    [() => null, {}, null],
    [() => undefined, {}, undefined],
  ])('%j in %j is %j', (source, claims, value) => {
    expect(read(source, claims)).toEqual(value)
  })

  it('has a name for events, and never a value', () => {
    const nameOf = (source: Parameters<typeof claimReader>[0]) => claimReader(source, 'v(name).claims.roles').name
    expect([nameOf('a'), nameOf('a.b'), nameOf(['a', 'b.c']), nameOf(() => 1)]).toEqual([
      'a',
      'a.b',
      'a.b.c',
      'claims.roles',
    ])
  })

  it.each(['$.a', '$a', '/a/b', 'a[0]', 'a[*]', '*', 'a->b', 'a b', 'a..b', '.a', 'a.'])(
    'is refused in the spelling of another tool: %j',
    (source) => {
      expect(wrongOption(() => claimReader(source, 'v(name).claims.roles'))).toBe('v(name).claims.roles')
      expect(claimReader([source], 'v').read({ [source]: 1 })).toBe(1)
    },
  )

  it('is a name, a path or a function, and nothing else', () => {
    for (const good of ['a', ['a'], ['a', 'b'], () => 1]) expect(claimSource.safeParse(good).success).toBe(true)
    for (const bad of ['', [], [''], ['a', 7], 7, null, {}]) expect(claimSource.safeParse(bad).success).toBe(false)
  })

  it('is answered at once: a promise is refused, and its failure ends nothing', () => {
    expect(() => read(() => Promise.reject(new Error('late')), {})).toThrow(TypeError)
    expect(() => read(() => Promise.resolve(1), {})).toThrow(TypeError)
  })
})

describe('an accepted token', () => {
  const genuine = { outcome: 'genuine', keyIndex: 0, isCurrent: () => true } as const

  it('is remembered until it ends, while its key counts', async () => {
    const ada = { ...identity('ada'), expiresAt: 7 }
    expect(await acceptJwt(ada, genuine, undefined)).toStrictEqual({
      outcome: 'accepted',
      identity: ada,
      remember: { until: 7_000, isCurrent: genuine.isCurrent },
    })
    expect(await acceptJwt({ ...ada, expiresAt: null }, genuine, undefined)).toMatchObject({
      remember: { until: Number.POSITIVE_INFINITY },
    })
  })

  it('is asked about now, and every time that it comes again', async () => {
    const asked: unknown[] = []
    const isRevoked = (revoked: boolean) => (who: unknown) => {
      asked.push(who)
      return revoked
    }
    const ada = identity('ada')
    expect(await acceptJwt(ada, genuine, isRevoked(true))).toStrictEqual({
      outcome: 'rejected',
      code: 'credential_revoked',
      reason: 'revoked',
    })
    const accepted = await acceptJwt(ada, genuine, isRevoked(false))
    expect(accepted.outcome === 'accepted' && accepted.remember?.isRevoked?.()).toBe(false)
    expect(asked).toEqual([ada, ada, ada])
  })
})

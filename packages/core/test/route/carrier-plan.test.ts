import { describe, expect, it } from 'vitest'
import type { Verifier } from '../../src/index.js'
import { onlyIn, type Carriage } from '../../src/route/carriers.js'
import { carrierPlan, createRouter, hasSuccessor } from '../../src/route/router.js'
import { present, type JwtShape, type PrefixShape, type Shape } from '../../src/route/shape.js'
import { rejected } from '../../src/route/verifier.js'
import { wrongOption } from '../support/outcome.js'
import { segment } from '../support/tokens.js'

const verifier = (name: string, shapes: readonly Shape[], more: Partial<Verifier> = {}): Verifier => ({
  name,
  shapes,
  open: () => ({ verify: () => ({ outcome: 'not-mine' }), ready: async () => {}, close: () => {} }),
  ...more,
})
const BEARER: Carriage = { bearer: true, headers: [], cookies: [] }
const jwt = (carriage: Carriage): JwtShape => ({
  kind: 'jwt',
  carriage,
  algorithms: ['HS256'],
  issuers: null,
  audiences: null,
  keyIds: null,
})
const prefix = (text: string, carriage: Carriage = BEARER, more: Partial<PrefixShape> = {}): PrefixShape => ({
  kind: 'prefix',
  carriage,
  prefix: text,
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
  ...more,
})

describe('what the verifiers of an instance look at', () => {
  const empty = {
    bearer: false,
    percentEncodedBearer: false,
    schemes: new Map(),
    headers: [],
    apiKeyHeaders: [],
    tokenHeaders: [],
    cookies: [],
    companions: new Map(),
    beside: [],
    chunked: [],
    maxCredentialBytes: 100,
    subprotocol: null,
  }
  const plan = (...verifiers: Verifier[]) => carrierPlan(verifiers, 100, null)
  const shaped = (...shapes: Shape[]) => plan(verifier('a', shapes))

  it.each<[string, Shape[], object]>([
    ['no shape', [], {}],
    ['a bearer', [jwt(BEARER)], { bearer: true }],
    [
      'schemes, in any case',
      [jwt({ ...onlyIn({}), schemes: ['Token', ''] })],
      {
        schemes: new Map([
          ['token', 'Token'],
          ['', ''],
        ]),
      },
    ],
    [
      'a header of tokens and one of keys',
      [jwt(onlyIn({ headers: ['x-token'] })), prefix('sk_', onlyIn({ headers: ['x-key'] }))],
      { headers: ['x-key', 'x-token'], apiKeyHeaders: ['x-key'], tokenHeaders: ['x-token'] },
    ],
    [
      'a header that holds either',
      [jwt(onlyIn({ headers: ['x'] })), prefix('sk_', onlyIn({ headers: ['x'] }))],
      { headers: ['x'], apiKeyHeaders: ['x'], tokenHeaders: ['x'] },
    ],
    [
      'a header of opaque tokens',
      [
        prefix('at_', onlyIn({ headers: ['x'] }), { token: true }),
        prefix('bt_', onlyIn({ headers: ['y'] }), { token: false }),
      ],
      { headers: ['y', 'x'], apiKeyHeaders: ['y'], tokenHeaders: ['x'] },
    ],
    ['a cookie of a session', [{ kind: 'cookie', carriage: onlyIn({ cookies: ['s', 't'] }) }], { cookies: ['s', 't'] }],
    [
      'cookies with companions',
      [{ kind: 'cookie', carriage: onlyIn({ cookies: ['s', 't'] }), companions: ['c', 'd'] }],
      {
        cookies: ['s', 't'],
        companions: new Map([
          ['s', ['c', 'd']],
          ['t', ['c', 'd']],
        ]),
        beside: ['c', 'd'],
      },
    ],
    [
      'cookies with an empty list of companions, in one piece',
      [{ kind: 'cookie', carriage: onlyIn({ cookies: ['s'] }), companions: [], chunked: false }],
      { cookies: ['s'] },
    ],
    [
      'a cookie in chunks',
      [{ kind: 'cookie', carriage: onlyIn({ cookies: ['s'] }), chunked: true }],
      { cookies: ['s'], beside: ['s'], chunked: ['s'] },
    ],
    [
      'one cookie of several shapes',
      [jwt(onlyIn({ cookies: ['s'] })), { kind: 'cookie', carriage: onlyIn({ cookies: ['s'] }) }],
      { cookies: ['s'] },
    ],
  ])('of %s', (_, shapes, expected) => {
    expect(shaped(...shapes)).toEqual({ ...empty, ...expected })
  })

  it('is the newest side first', () => {
    const cookie = (name: string) => verifier(name, [{ kind: 'cookie', carriage: onlyIn({ cookies: [name] }) }])
    expect(plan(cookie('old'), cookie('newer'), cookie('newest')).cookies).toEqual(['newest', 'newer', 'old'])
  })

  it('admits what one verifier admits', () => {
    const admitting = (percentEncodedBearer: boolean) => verifier('a', [jwt(BEARER)], { percentEncodedBearer })
    expect(plan(admitting(true), verifier('b', [])).percentEncodedBearer).toBe(true)
    expect(plan(admitting(false), verifier('b', [])).percentEncodedBearer).toBe(false)
    expect(carrierPlan([], 7, 'bearer')).toEqual({ ...empty, maxCredentialBytes: 7, subprotocol: 'bearer' })
  })
})

describe('the owner of a credential', () => {
  const select = (value: string, verifiers: readonly Verifier[], precedence: readonly string[] = []) =>
    createRouter(verifiers, precedence).select(present({ carrier: 'bearer', name: 'authorization', value }))
  const chained = { chained: true }

  it('is the one whose shape it has, or nobody', () => {
    const two = [verifier('a', [prefix('a_')]), verifier('b', [prefix('b_'), prefix('c_')])]
    expect(select('a_', two)).toEqual({ kind: 'owned', owners: [0] })
    expect(select('c_', two)).toEqual({ kind: 'owned', owners: [1] })
    expect(select('d_', two)).toEqual({ kind: 'unsupported' })
  })

  it('is the first by precedence alone, where it is no chain', () => {
    const three = [verifier('a', [prefix('x')]), verifier('b', [prefix('x')]), verifier('c', [prefix('y')])]
    expect(select('x', three, ['b', 'a'])).toEqual({ kind: 'owned', owners: [1] })
    expect(select('x', three, ['a', 'b'])).toEqual({ kind: 'owned', owners: [0] })
    expect(select('y', three, ['b', 'a'])).toEqual({ kind: 'owned', owners: [2] })
  })

  it('hands on within the chain only: to those that may stand in one', () => {
    const of = (a: boolean, b: boolean, c: boolean) =>
      [a, b, c].map((is, index) => verifier('abc'.charAt(index), [prefix('x')], is ? chained : {}))
    expect(select('x', of(true, true, true), ['c', 'b', 'a'])).toEqual({ kind: 'owned', owners: [2, 1, 0] })
    expect(select('x', of(true, false, true), ['a', 'b', 'c'])).toEqual({ kind: 'owned', owners: [0, 2] })
    expect(select('x', of(false, true, true), ['a', 'b', 'c'])).toEqual({ kind: 'owned', owners: [0] })
  })

  it('cannot be left open at construction: two shapes that meet are both ranked', () => {
    const jwtLike = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA'
    const meets = [verifier('a', [jwt(BEARER)]), verifier('b', [prefix('eyJhbGciOiJIUzI1NiJ9.')])]
    expect(wrongOption(() => createRouter(meets, []))).toBe('createDualAuth.verifiers')
    expect(wrongOption(() => createRouter(meets, ['a']))).toBe('createDualAuth.verifiers')
    expect(select(jwtLike, meets, ['a', 'b'])).toEqual({ kind: 'owned', owners: [0] })
  })

  it('is ambiguous where one of those that own it at first sight is not ranked', () => {
    // A line break after the brace: no JWT usually begins with these letters.
    const value = `${segment('{\n"alg":"HS256"}')}.${segment({})}.AAAA`
    const three = [verifier('a', [prefix('ew')]), verifier('b', [prefix('ew')]), verifier('c', [jwt(BEARER)])]
    expect(select(value, three, ['a', 'b'])).toEqual({ kind: 'ambiguous', verifiers: ['a', 'b', 'c'] })
    expect(select(value, three, ['b', 'c', 'a'])).toEqual({ kind: 'owned', owners: [1] })
  })

  it('is settled at construction where one of several shapes meets one of several', () => {
    const meets = [verifier('a', [prefix('x'), prefix('y')]), verifier('b', [prefix('z'), prefix('yy')])]
    expect(wrongOption(() => createRouter(meets, []))).toBe('createDualAuth.verifiers')
    expect(select('yy', meets, ['b', 'a'])).toEqual({ kind: 'owned', owners: [1] })
    expect(wrongOption(() => createRouter(meets, ['a', 'c']))).toBe('createDualAuth.precedence[1]')
  })

  it('has a name of its own', () => {
    expect(wrongOption(() => createRouter([verifier('a', []), verifier('b', []), verifier('a', [])], []))).toBe(
      'createDualAuth.verifiers[2].name',
    )
  })
})

it('knows whether another of its chain comes after a verifier', () => {
  const [a, b, c] = [
    verifier('a', [], { chained: true }),
    verifier('b', [], { chained: true }),
    verifier('c', [], { chained: false }),
  ]
  const all = [a, b, c]
  expect(hasSuccessor(a, all, ['a', 'b'])).toBe(true)
  expect(hasSuccessor(b, all, ['a', 'b'])).toBe(false)
  expect(hasSuccessor(b, all, ['a', 'b', 'c'])).toBe(false)
  expect(hasSuccessor(c, all, ['c', 'a'])).toBe(false)
  expect(hasSuccessor(a, all, ['b'])).toBe(false)
  expect(hasSuccessor(a, all, ['a'])).toBe(false)
  expect(hasSuccessor(b, all, ['b', 'a'])).toBe(true)
})

it('knows whether a policy may leave out one of the chain before a verifier', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => verifier(name, [], { chained: name !== 'c' })) as [
    Verifier,
    Verifier,
    Verifier,
  ]
  const all = [a, b, c]
  const isSteered =
    (...names: string[]) =>
    (name: string) =>
      names.includes(name)
  expect(hasSuccessor(b, all, ['a', 'b'], isSteered('a'))).toBe(true)
  expect(hasSuccessor(b, all, ['a', 'b'], isSteered('b'))).toBe(false)
  expect(hasSuccessor(b, all, ['c', 'b'], isSteered('a', 'c'))).toBe(false)
  expect(hasSuccessor(b, all, ['b'], isSteered('a'))).toBe(false)
})

it('a refusal names a claim only where one is to blame', () => {
  expect(rejected('credential_invalid', 'signature')).toStrictEqual({
    outcome: 'rejected',
    code: 'credential_invalid',
    reason: 'signature',
  })
  expect(rejected('credential_invalid', 'claims', 'exp')).toStrictEqual({
    outcome: 'rejected',
    code: 'credential_invalid',
    reason: 'claims',
    claim: 'exp',
  })
})

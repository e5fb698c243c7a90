import { describe, expect, it } from 'vitest'
import { revocationOf, type RevokeInput } from '../../src/cache/revocation-of.js'
import { MAX_UNJUDGED, type Revocable, type Revocation } from '../../src/cache/revocations.js'
import * as crypto from '#crypto'
import { pathOf } from '../support/outcome.js'
import { ada, LEAD, NOW, open, spellings } from './opened.js'

const covers = async (revocation: Revocation, subject: Partial<Revocable> = {}): Promise<boolean> =>
  open(revocation).covers({ ...ada, ...subject })

describe.each([
  ['a principal', { kind: 'principal', id: 'ada' }, { principal: 'bob' }],
  ['a verifier', { kind: 'verifier', id: 'v' }, { verifier: 'w' }],
] as const)('a revocation of %s', (_, target, other) => {
  it('covers what was issued before it, and what does not say when', async () => {
    const revocation = { ...target, issuedBefore: NOW }
    expect(await covers(revocation, { issuedAt: NOW - 1 })).toBe(true)
    expect(await covers(revocation, { issuedAt: null })).toBe(true)
    expect(await covers(revocation, { issuedAt: NOW })).toBe(false)
    expect(await covers(revocation, { issuedAt: NOW + 1 })).toBe(false)
    expect(await covers(revocation, { ...other, issuedAt: null })).toBe(false)
  })

  it('covers what is dated ahead within the lead of its issuer, where it says so', async () => {
    const revocation = { ...target, issuedBefore: NOW, datedAhead: true }
    expect(await covers(revocation, { issuedAt: NOW + LEAD - 1 })).toBe(true)
    expect(await covers(revocation, { issuedAt: NOW + LEAD })).toBe(false)
    expect(await covers(revocation, { issuedAt: null })).toBe(true)
    expect(await covers({ ...revocation, datedAhead: false }, { issuedAt: NOW })).toBe(false)
    expect(await covers({ ...revocation, datedAhead: 'yes' as never }, { issuedAt: NOW })).toBe(false)
  })

  it('is never taken back by an earlier one', async () => {
    for (const more of [{}, { datedAhead: true }]) {
      const at = (issuedBefore: number) => ({ ...target, issuedBefore, ...more })
      const both = open(at(NOW), at(NOW - 60_000))
      expect(both.covers({ ...ada, issuedAt: NOW - 1 })).toBe(true)
      expect(open(at(NOW - 60_000), at(NOW)).covers({ ...ada, issuedAt: NOW - 1 })).toBe(true)
    }
  })
})

describe('a revocation of a session', () => {
  it('covers it at its verifier, whenever the credential was issued', async () => {
    const revocation = { kind: 'session', id: 's', verifier: 'v' } as const
    expect(await covers(revocation)).toBe(true)
    expect(await covers(revocation, { verifier: 'w' })).toBe(false)
    expect(await covers(revocation, { sessionId: 't' })).toBe(false)
    expect(await covers(revocation, { sessionId: null })).toBe(false)
    expect(await covers({ ...revocation, id: 'null' }, { sessionId: null })).toBe(false)
  })

  it('covers that of one person where it says whose it is, and of everybody where it says that badly', async () => {
    const one = { kind: 'session', id: 's', verifier: 'v', issuer: 'i', subject: 'u' } as const
    expect(await covers(one)).toBe(true)
    for (const other of [{ subject: 'w' }, { issuer: 'j' }, { verifier: 'w' }, { sessionId: 't' }])
      expect(await covers(one, other)).toBe(false)
    for (const badly of [{ subject: 7 as never }, { issuer: null as never }])
      expect(await covers({ ...one, ...badly }, { subject: 'w' })).toBe(true)
    expect(open(one, { kind: 'session', id: 's', verifier: 'v' }).covers({ ...ada, subject: 'w' })).toBe(true)
  })

  it('with a date covers all but a sign-in that is proved to have begun since, and never takes an end for good back', async () => {
    const revocation = { kind: 'session', id: 's', verifier: 'v', issuedBefore: NOW } as const
    expect(await covers(revocation, { signInBegunAt: NOW - 1 })).toBe(true)
    expect(await covers(revocation, { signInBegunAt: NOW })).toBe(false)
    expect(await covers(revocation, { signInBegunAt: null, issuedAt: NOW + 60_000 })).toBe(true)
    const later = { ...ada, signInBegunAt: NOW + 1 }
    const forGood = { kind: 'session', id: 's', verifier: 'v' } as const
    expect(open(forGood, revocation).covers(later)).toBe(true)
    expect(open(revocation, forGood).covers(later)).toBe(true)
    expect(open({ ...revocation, issuedBefore: NOW + 2 }, revocation).covers(later)).toBe(true)
  })

  it.each([[null], ['2024'], [{}], [Number.NaN]])('with %j for a date covers it for good', (issuedBefore) => {
    const opened = open({ kind: 'session', id: 's', verifier: 'v', issuedBefore })
    expect(opened.covers({ ...ada, signInBegunAt: NOW + 1 })).toBe(true)
  })

  it('is not mistaken for another whose names spell the same text', async () => {
    expect(await covers({ kind: 'session', id: 'b', verifier: 'a","' }, { verifier: 'a', sessionId: '","b' })).toBe(
      false,
    )
  })
})

it('a revocation of an API key covers it whichever verifier it is of, and nothing that is no key', async () => {
  const revocation = { kind: 'api-key', id: 'key_1' } as const
  expect(await covers(revocation, { keyId: 'key_1' })).toBe(true)
  expect(await covers(revocation, { keyId: 'key_1', verifier: 'w', issuedAt: NOW + 1 })).toBe(true)
  expect(await covers(revocation, { keyId: 'key_2' })).toBe(false)
  expect(await covers(revocation)).toBe(false)
  expect(await covers({ ...revocation, id: 'null' })).toBe(false)
})

it('a revocation of a credential covers every spelling of it, and no other', async () => {
  const revocation: Revocation = { kind: 'credential', sha256: await crypto.sha256('a-credential') }
  expect(await covers(revocation)).toBe(true)
  expect(await covers(revocation, { value: 'A-Credential' })).toBe(true)
  expect(await covers(revocation, { value: 'another' })).toBe(false)
})

describe('what a feed carries', () => {
  it.each([
    { kind: 'principal', id: 'x', issuedBefore: NOW },
    { kind: 'verifier', id: 'x', issuedBefore: NOW, datedAhead: true },
    { kind: 'session', id: 'x', verifier: 'v' },
    { kind: 'api-key', id: 'x' },
    { kind: 'credential', sha256: 'x' },
  ])('is applied where it is a revocation: %j', (revocation) => {
    const revocations = open()
    expect(revocations.isEmpty).toBe(true)
    expect(revocations.apply(revocation)).toBe(true)
    expect(revocations.isEmpty).toBe(false)
  })

  it.each([
    undefined,
    null,
    'principal',
    {},
    { kind: 'principal', id: 'ada' },
    { kind: 'principal', issuedBefore: NOW },
    { kind: 'principal', id: 'ada', issuedBefore: `${NOW}` },
    { kind: 'verifier', id: 'v', issuedBefore: Number.POSITIVE_INFINITY },
    { kind: 'verifier', id: 7, issuedBefore: NOW },
    { kind: 'other', id: 'ada', issuedBefore: NOW },
    { id: 'ada', issuedBefore: NOW },
    { kind: 'session', id: 's' },
    { kind: 'session', verifier: 'v' },
    { kind: 'session', id: 7, verifier: 'v' },
    { kind: 'api-key' },
    { kind: 'api-key', id: 7 },
    { kind: 'credential' },
    { kind: 'credential', sha256: 7 },
  ])('changes nothing where it is none: %j', (value) => {
    const revocations = open()
    expect(revocations.apply(value)).toBe(false)
    expect(revocations.isEmpty).toBe(true)
    expect(revocations.covers({ ...ada, issuedAt: null })).toBe(false)
  })
})

describe('what auth.revoke is asked for', () => {
  it.each<[RevokeInput, object]>([
    [{ principal: 'ada' }, { kind: 'principal', id: 'ada', issuedBefore: NOW, datedAhead: true }],
    [
      { principal: 'ada', issuedBefore: 1e11 },
      { kind: 'principal', id: 'ada', issuedBefore: 1e11 },
    ],
    [
      { session: 's', verifier: 'w' },
      { kind: 'session', id: 's', verifier: 'w' },
    ],
    [
      { session: 's', verifier: 'w', issuedBefore: NOW },
      { kind: 'session', id: 's', verifier: 'w', issuedBefore: NOW },
    ],
    [
      { session: 's', verifier: 'w', issuer: 'i', subject: 'u' },
      { kind: 'session', id: 's', verifier: 'w', issuer: 'i', subject: 'u' },
    ],
    [{ apiKey: 'key_1' }, { kind: 'api-key', id: 'key_1' }],
    [{ verifier: 'v' }, { kind: 'verifier', id: 'v', issuedBefore: NOW, datedAhead: true }],
    [
      { verifier: 'v', issuedBefore: NOW - 1 },
      { kind: 'verifier', id: 'v', issuedBefore: NOW - 1 },
    ],
  ])('%j travels as %j', async (input, revocation) => {
    expect(await revocationOf(input, spellings, NOW)).toStrictEqual(revocation)
  })

  it('travels without the credential, in its one spelling', async () => {
    const sha256 = await crypto.sha256('abc')
    expect(await revocationOf({ credential: 'Bearer ABC' }, spellings, NOW)).toStrictEqual({
      kind: 'credential',
      sha256,
    })
  })

  it.each<[unknown, string]>([
    [undefined, 'revoke'],
    [null, 'revoke'],
    ['ada', 'revoke'],
    [{}, 'revoke'],
    [{ principal: '' }, 'revoke.principal'],
    [{ principal: undefined, verifier: 'v' }, 'revoke.principal'],
    [{ principal: 'ada', session: 's' }, 'revoke.session'],
    [{ principal: 'ada', issuedBefore: 99_999_999_999 }, 'revoke.issuedBefore'],
    [{ principal: 'ada', issuedBefore: Number.NaN }, 'revoke.issuedBefore'],
    [{ principal: 'ada', issuedBefore: `${NOW}` }, 'revoke.issuedBefore'],
    [{ session: undefined, verifier: 'v' }, 'revoke.session'],
    [{ session: 's' }, 'revoke.verifier'],
    [{ session: 's', verifier: 'x' }, 'revoke.verifier'],
    [{ session: 's', verifier: 'v', issuedBefore: NOW / 1000 }, 'revoke.issuedBefore'],
    [{ session: 's', verifier: 'v', subject: 'u' }, 'revoke.issuer'],
    [{ session: 's', verifier: 'v', issuer: 'i' }, 'revoke.subject'],
    [{ session: 's', verifier: 'v', issuer: 'i', subject: '' }, 'revoke.subject'],
    [{ credential: undefined }, 'revoke.credential'],
    [{ credential: 'a', verifier: 'v' }, 'revoke.verifier'],
    [{ verifier: 'x' }, 'revoke.verifier'],
    [{ verifier: 7 }, 'revoke.verifier'],
  ])('%j is refused and named', async (input, option) => {
    const error: unknown = await revocationOf(input, spellings, NOW).catch((cause: unknown) => cause)
    expect(pathOf(error)).toBe(option)
  })
})

describe('credentials that nobody can judge', () => {
  it('end here, the last ones of them, so that nobody fills the memory', async () => {
    const opened = open()
    const digests = await Promise.all(['a-credential', 'b-credential'].map((value) => crypto.sha256(value)))
    const has = (value: string) => opened.covers({ ...ada, value })
    opened.hold(digests[0] as string, 'outage')
    expect([opened.isEmpty, await has('A-credential'), await has('b-credential')]).toEqual([false, true, false])
    for (let made = 1; made < MAX_UNJUDGED; made++) opened.hold(`made-up-${made}`, 'outage')
    expect(await has('a-credential')).toBe(true)
    for (let made = 0; made < MAX_UNJUDGED; made++) opened.hold(`more-${made}`, 'outage')
    expect(await has('a-credential')).toBe(false)
  })

  it('are not pushed out by those that a sign-out had too many of', async () => {
    const opened = open()
    opened.hold(await crypto.sha256('a-credential'), 'outage')
    for (let made = 0; made < MAX_UNJUDGED * 2; made++) opened.hold(`made-up-${made}`, 'unasked')
    expect(await opened.covers({ ...ada, value: 'A-credential' })).toBe(true)
    expect(opened.coversHashed(ada, `made-up-${MAX_UNJUDGED * 2 - 1}`)).toBe(true)
    expect(opened.coversHashed(ada, 'made-up-0')).toBe(false)
  })
})

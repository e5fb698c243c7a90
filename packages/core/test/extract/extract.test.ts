import { describe, expect, it } from 'vitest'
import { extract, isWellFormed } from '../../src/extract/extract.js'
import type { CarrierPlan } from '../../src/extract/credential.js'
import { headerView } from '../../src/http/request.js'
import { PLAN } from '../support/plans.js'
import { everyKindOf } from '../support/requests.js'

type Fields = readonly (readonly [string, string])[]

/** What was extracted, in one line, from a request whose repeated fields are visible. */
function extracted(fields: Fields, plan: Partial<CarrierPlan> = {}, kind = 0): string {
  const [, sent] = everyKindOf(fields)[kind] as ReturnType<typeof everyKindOf>[number]
  const found = extract(headerView(sent), { ...PLAN, ...plan })
  if (found.kind === 'explicit' && !isWellFormed(found.credential)) return 'credential_malformed'
  if (found.kind === 'explicit') return `${found.credential.carrier} ${found.credential.value}`
  if (found.kind === 'ambient')
    return found.cookies.map((group) => group.map(({ name, value }) => `${name}=${value}`).join(' ')).join(' | ')
  return found.kind === 'refused' ? found.code : 'none'
}

describe('Authorization', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER  abc', 'Bearer\tabc', ' Bearer abc ', 'Bearer abc\t'])(
    'takes a bearer whatever the case of its scheme: %j',
    (field) => {
      expect(extracted([['authorization', field]])).toBe('bearer abc')
    },
  )

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,b',
    'Bearer a, Bearer b',
    'Bearer "abc"',
    'Bearer ab=c',
    'Bearer ===',
    'Bearer a%2Eb',
    'Bearer a\u00e9b',
    'Bearer a;b',
  ])('refuses what RFC 6750 does not allow: %j', (field) => {
    expect(extracted([['authorization', field]])).toBe('credential_malformed')
  })

  it.each(['Basic c3RhZ2luZzpzaXRl', 'Digest username="x"', 'Token abc', 'abc', '', 'Bearerabc', 'Bearer\u00a0abc'])(
    'sees no credential in another scheme, and cookies still count: %j',
    (field) => {
      expect(extracted([['authorization', field]], {}, 2)).toBe('none')
      const both: Fields = [
        ['authorization', field],
        ['cookie', 'new=1'],
      ]
      expect(extracted(both, {}, 2)).toBe('new=1')
    },
  )

  it('refuses a bearer that hides behind another scheme in a joined field', () => {
    expect(extracted([['authorization', 'Basic eA==, Bearer abc']])).toBe('credential_malformed')
  })

  it.each([0, 1, 2])('refuses two fields, as request kind %i shows them', (kind) => {
    const twice: Fields = [
      ['authorization', 'Bearer abc'],
      ['Authorization', 'Bearer abc'],
    ]
    expect(extracted(twice, {}, kind)).toBe('credential_malformed')
  })

  it('is not read where no verifier takes a bearer', () => {
    expect(extracted([['authorization', 'Bearer abc']], { bearer: false })).toBe('none')
  })

  it('is refused by its size before anything is read of it', () => {
    expect(extracted([['authorization', `Bearer ${'a'.repeat(8192)}`]])).toMatch(/^bearer a+$/)
    expect(extracted([['authorization', `Bearer ${'a'.repeat(8193)}`]])).toBe('credential_too_large')
    expect(extracted([['authorization', `Bearer ${','.repeat(8193)}`]])).toBe('credential_too_large')
    expect(extracted([['authorization', 'Bearer aaaa']], { maxCredentialBytes: 3 })).toBe('credential_too_large')
  })
})

describe('a percent-encoded signed bearer of Better Auth 1.3 and 1.4', () => {
  const token = 'A'.repeat(32)
  const encoded = `${token}.${'a'.repeat(41)}%2B%2f%3D`

  it('is made canonical where that verifier is configured', () => {
    expect(extracted([['authorization', `Bearer ${encoded}`]], { percentEncodedBearer: true })).toBe(
      `bearer ${token}.${'a'.repeat(41)}+/=`,
    )
  })

  it('is malformed everywhere else', () => {
    expect(extracted([['authorization', `Bearer ${encoded}`]])).toBe('credential_malformed')
    for (const other of [`${encoded}%3D`, `%41${encoded.slice(1)}`, 'a%2Cb', encoded.replace('.', '%2E')])
      expect(extracted([['authorization', `Bearer ${other}`]], { percentEncodedBearer: true })).toBe(
        'credential_malformed',
      )
  })
})

describe('an API-key header', () => {
  it('carries one key of visible characters', () => {
    expect(extracted([['X-Api-Key', ' sk_live_1 ']], {}, 2)).toBe('header sk_live_1')
  })

  it.each(['', 'a,b', 'a b', 'a\u00e9', 'a, a'])('refuses %j', (value) => {
    expect(extracted([['x-api-key', value]], {}, 2)).toBe('credential_malformed')
  })

  it.each([0, 1, 2])('refuses a repeated field, as request kind %i shows it', (kind) => {
    const twice: Fields = [
      ['x-api-key', 'one'],
      ['x-api-key', 'two'],
    ]
    expect(extracted(twice, {}, kind)).toBe('credential_malformed')
  })

  it('is refused beside a bearer or another key header: two explicit credentials', () => {
    const both: Fields = [
      ['authorization', 'Bearer abc'],
      ['x-api-key', 'abc'],
    ]
    expect(extracted(both)).toBe('credential_malformed')
    const two: Fields = [
      ['x-api-key', 'abc'],
      ['x-other-key', 'abc'],
    ]
    expect(extracted(two, { headers: ['x-api-key', 'x-other-key'] })).toBe('credential_malformed')
    expect(extracted(two)).toBe('header abc')
  })

  it('is refused by its size', () => {
    expect(extracted([['x-api-key', 'a'.repeat(8193)]])).toBe('credential_too_large')
  })
})

describe('cookies', () => {
  it('are not looked at beside an explicit credential, good or bad', () => {
    expect(
      extracted([
        ['cookie', 'new=1'],
        ['authorization', 'Bearer abc'],
      ]),
    ).toBe('bearer abc')
    expect(
      extracted([
        ['cookie', 'new=1'],
        ['authorization', 'Bearer ?'],
      ]),
    ).toBe('credential_malformed')
  })

  it('are grouped by name in the order of the plan, not of the request', () => {
    expect(extracted([['cookie', 'old=1; other=2; new=3; old=4']])).toBe('new=3 | old=1 old=4')
  })

  it('count once however often one value is repeated', () => {
    expect(extracted([['cookie', 'new=1; new=1; new=1; new=1; new=1']])).toBe('new=1')
  })

  it('of one name are verified up to three values', () => {
    expect(extracted([['cookie', 'new=1; new=2; new=3']])).toBe('new=1 new=2 new=3')
    expect(extracted([['cookie', 'new=1; new=2; new=3; new=4']])).toBe('credential_malformed')
  })

  it('over the limit are refused, foreign ones are not', () => {
    expect(extracted([['cookie', `new=${'a'.repeat(8193)}`]])).toBe('credential_too_large')
    expect(extracted([['cookie', `theme=${'a'.repeat(8193)}; old=1`]])).toBe('old=1')
  })

  it.each([0, 1, 2])('of several fields are joined, never refused, in request kind %i', (kind) => {
    const fields: Fields = [
      ['cookie', 'old=1'],
      ['cookie', 'new=2'],
    ]
    // A Web `Request` joins cookies with a semicolon, or with a comma where the runtime knows no better.
    if (kind !== 1) expect(extracted(fields, {}, kind)).toBe('new=2 | old=1')
    else expect(extracted([['cookie', 'old=1; new=2']], {}, kind)).toBe('new=2 | old=1')
  })
})

it('never reads a query string', () => {
  const sent = new Request('http://localhost/?access_token=abc&token=abc&api_key=abc')
  expect(extract(headerView(sent), PLAN)).toEqual({ kind: 'none' })
})

import { describe, expect, it } from 'vitest'
import { extract, isWellFormed } from '../../src/extract/extract.js'
import { NO_SCHEME, type CarrierPlan } from '../../src/extract/credential.js'
import { headerView } from '../../src/http/request.js'
import { everyKindOf } from '../support/requests.js'

const PLAN: CarrierPlan = {
  bearer: true,
  schemes: new Map([
    ['token', 'Token'],
    ['jwt', 'JWT'],
  ]),
  percentEncodedBearer: false,
  headers: ['x-api-key'],
  apiKeyHeaders: ['x-api-key'],
  tokenHeaders: [],
  cookies: ['session'],
  companions: new Map(),
  subprotocol: null,
  beside: [],
  chunked: [],
  maxCredentialBytes: 8192,
}
const BARE: CarrierPlan = { ...PLAN, schemes: new Map([...PLAN.schemes, [NO_SCHEME, NO_SCHEME]]) }

type Fields = readonly (readonly [string, string])[]

/** What every kind of request comes to, in one line; they must agree. */
function extracted(fields: Fields | string, plan: CarrierPlan = PLAN): string {
  const all = typeof fields === 'string' ? ([['authorization', fields]] as Fields) : fields
  const kinds = everyKindOf(all.map(([name, value]) => [name, value.trim()] as const)).map(([, sent]) => {
    const found = extract(headerView(sent), plan)
    if (found.kind === 'explicit' && !isWellFormed(found.credential)) return 'credential_malformed'
    if (found.kind === 'explicit')
      return `${found.credential.carrier} "${found.credential.name}" ${found.credential.value}`
    return found.kind === 'refused' ? found.code : found.kind
  })
  return [...new Set(kinds)].join(' or ')
}

describe('a scheme that a verifier names', () => {
  it.each(['Token a.b.c', 'token a.b.c', 'TOKEN   a.b.c', 'Token\ta.b.c'])(
    'is taken whatever its case and white space: %j',
    (field) => {
      expect(extracted(field)).toBe('scheme "token" a.b.c')
    },
  )

  it('is told from the others, and a bearer stays a bearer', () => {
    expect(extracted('JWT a.b.c')).toBe('scheme "jwt" a.b.c')
    expect(extracted('Bearer a.b.c')).toBe('bearer "authorization" a.b.c')
    expect(extracted('bearer  a.b.c')).toBe('bearer "authorization" a.b.c')
  })

  it.each(['Token', 'JWT a b', 'Token a,b', 'Token token="abc"', 'Token a.b.c, Token d.e.f', 'JWT a.b.c, Bearer d'])(
    'keeps the grammar of a bearer: %j',
    (field) => {
      expect(extracted(field)).toBe('credential_malformed')
    },
  )

  it.each(['Basic abc, Token d.e.f', 'Basic abc,jwt d.e.f', 'Digest a="b", Bearer d.e.f', 'ApiKey a, , Token b'])(
    'does not hide behind a foreign scheme: %j',
    (field) => {
      expect(extracted(field)).toBe('credential_malformed')
    },
  )

  it.each(['Basic c3RhZ2U6eA==', 'Digest username="x", realm="token y"', 'a.b.c', 'Tokena.b.c', 'Other a.b.c'])(
    'leaves what no verifier names, and a token without a scheme: %j',
    (field) => {
      expect(extracted(field)).toBe('none')
    },
  )

  it('is not taken where no verifier names it', () => {
    expect(extracted('Token a.b.c', { ...PLAN, schemes: new Map() })).toBe('none')
  })

  it('takes no bearer where only it is named', () => {
    const only = { ...PLAN, bearer: false }
    expect(extracted('Token a.b.c', only)).toBe('scheme "token" a.b.c')
    expect(extracted('Bearer a.b.c', only)).toBe('none')
  })
})

describe('a token without a scheme, where a verifier takes it', () => {
  it('is the whole field', () => {
    expect(extracted('a.b.c', BARE)).toBe('scheme "" a.b.c')
    expect(extracted('undefined', BARE)).toBe('scheme "" undefined')
  })

  it.each([
    'a.b.c d.e.f',
    'a.b.c,d.e.f',
    'a.b.c, d.e.f',
    ', a.b.c',
    'a.b.c, Basic x',
    'Basic x, a.b.c',
    'Basic x,a.b.c',
  ])('stands alone: %j', (field) => {
    expect(extracted(field, BARE)).toBe('credential_malformed')
  })

  it('leaves other schemes alone', () => {
    expect(extracted('Basic c3RhZ2U6eA==', BARE)).toBe('none')
    expect(extracted('Digest username="x", realm="y"', BARE)).toBe('none')
    expect(extracted('Token a.b.c', BARE)).toBe('scheme "token" a.b.c')
    expect(extracted('Bearer a.b.c', BARE)).toBe('bearer "authorization" a.b.c')
    expect(extracted('', BARE)).toBe('none')
  })
})

it.each(['Token a.b.c', 'a.b.c'])('refuses two explicit credentials, one of them %j', (field) => {
  const fields: Fields = [
    ['authorization', field],
    ['x-api-key', 'k'],
  ]
  expect(extracted(fields, BARE)).toBe('credential_malformed')
})

it('refuses two Authorization fields', () => {
  const fields: Fields = [
    ['authorization', 'Token a.b.c'],
    ['authorization', 'Token a.b.c'],
  ]
  expect(extracted(fields, BARE)).toBe('credential_malformed')
})

it('bounds the size of each', () => {
  const small = { ...BARE, maxCredentialBytes: 6 }
  expect(extracted('Token a.b.c.d', small)).toBe('credential_too_large')
  expect(extracted('a.b.c.d', small)).toBe('credential_too_large')
})

it('decides before cookies, and a foreign scheme does not', () => {
  expect(
    extracted(
      [
        ['authorization', 'Token x'],
        ['cookie', 'session=s'],
      ],
      PLAN,
    ),
  ).toBe('scheme "token" x')
  expect(
    extracted(
      [
        ['authorization', 'Other x'],
        ['cookie', 'session=s'],
      ],
      PLAN,
    ),
  ).toBe('ambient')
})

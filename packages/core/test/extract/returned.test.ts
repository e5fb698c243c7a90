import { describe, expect, it } from 'vitest'
import { extract, isWellFormed, type Extraction } from '../../src/extract/extract.js'
import { NO_SCHEME, type CarrierPlan, type Credential } from '../../src/extract/credential.js'
import { headerView } from '../../src/http/request.js'
import { PLAN as USUAL } from '../support/plans.js'

type Headers = Readonly<Record<string, string | readonly string[]>>

const PLAN: CarrierPlan = { ...USUAL, cookies: ['session'], subprotocol: 'bearer', maxCredentialBytes: 16 }
const SCHEMES = { schemes: new Map([['token', 'Token']]) }
const BARE = {
  schemes: new Map([
    ['token', 'Token'],
    [NO_SCHEME, NO_SCHEME],
  ]),
}
const AT_LIMIT = 'a'.repeat(16)
const OVER_LIMIT = 'a'.repeat(17)

const extracted = (headers: Headers, plan: Partial<CarrierPlan> = {}, isUpgrade = false): Extraction =>
  extract(headerView({ method: 'GET', headers }), { ...PLAN, ...plan }, isUpgrade)
const none: Extraction = { kind: 'none' }
const explicit = (carrier: Credential['carrier'], name: string, value: string): Extraction => ({
  kind: 'explicit',
  credential: { carrier, name, value },
})
const refused = (code: string, carrier: string, name?: string): Extraction =>
  ({ kind: 'refused', code, carrier, ...(name !== undefined && { name }) }) as Extraction

describe('a refusal names its code, the carrier, and the one place that is at fault', () => {
  it.each<[string, Headers, Partial<CarrierPlan>, Extraction]>([
    ['two bearers', { authorization: ['Bearer a', 'Bearer b'] }, {}, refused('credential_malformed', 'bearer')],
    [
      'a bearer behind another scheme',
      { authorization: 'Basic x,bearer\ta' },
      {},
      refused('credential_malformed', 'bearer', 'authorization'),
    ],
    [
      'a bearer that is too large',
      { authorization: `Bearer ${OVER_LIMIT}` },
      {},
      refused('credential_too_large', 'bearer', 'authorization'),
    ],
    [
      'a scheme that is too large',
      { authorization: `Token ${OVER_LIMIT}` },
      SCHEMES,
      refused('credential_too_large', 'scheme', 'token'),
    ],
    [
      'a bare token that is too large',
      { authorization: OVER_LIMIT },
      BARE,
      refused('credential_too_large', 'scheme', NO_SCHEME),
    ],
    [
      'a scheme behind another',
      { authorization: 'Basic x, token a' },
      SCHEMES,
      refused('credential_malformed', 'scheme'),
    ],
    ['two API keys', { 'x-api-key': ['a', 'b'] }, {}, refused('credential_malformed', 'header', 'x-api-key')],
    [
      'an API key beside a bearer',
      { authorization: 'Bearer a', 'x-api-key': 'a' },
      {},
      refused('credential_malformed', 'header'),
    ],
    [
      'an API key that is too large',
      { 'x-api-key': OVER_LIMIT },
      {},
      refused('credential_too_large', 'header', 'x-api-key'),
    ],
    [
      'too many cookies',
      { cookie: 'session=1; session=2; session=3; session=4' },
      {},
      refused('credential_malformed', 'cookie', 'session'),
    ],
    [
      'a cookie that is too large',
      { cookie: `session=${OVER_LIMIT}` },
      {},
      refused('credential_too_large', 'cookie', 'session'),
    ],
    [
      'one of several cookies that is too large',
      { cookie: `session=a; session=${OVER_LIMIT}` },
      {},
      refused('credential_too_large', 'cookie', 'session'),
    ],
  ])('of %s', (_, headers, plan, expected) => {
    expect(extracted(headers, plan)).toEqual(expected)
  })
})

describe('a credential of exactly the limit', () => {
  it.each<[Headers, Partial<CarrierPlan>, Extraction]>([
    [{ authorization: `Bearer ${AT_LIMIT}` }, {}, explicit('bearer', 'authorization', AT_LIMIT)],
    [{ authorization: `Token ${AT_LIMIT}` }, SCHEMES, explicit('scheme', 'token', AT_LIMIT)],
    [{ authorization: AT_LIMIT }, BARE, explicit('scheme', NO_SCHEME, AT_LIMIT)],
    [{ 'x-api-key': AT_LIMIT }, {}, explicit('header', 'x-api-key', AT_LIMIT)],
    [
      { cookie: `session=${AT_LIMIT}` },
      {},
      { kind: 'ambient', cookies: [[{ carrier: 'cookie', name: 'session', value: AT_LIMIT }]] },
    ],
  ])('is taken: %j', (headers, plan, expected) => {
    expect(extracted(headers, plan)).toEqual(expected)
  })
})

describe('Authorization without a scheme that counts', () => {
  it.each<[string, Partial<CarrierPlan>]>([
    // A comma alone joins nothing: parameters of other schemes hold commas.
    ['Digest username="x", realm="bearer"', {}],
    ['Digest a="b",bearer', {}],
    ['Basic bearer abc', {}],
    ['Xbearer abc', {}],
    ['Basic x, Xbearer abc', {}],
    ['Digest username="x", realm="y"', SCHEMES],
    ['Digest a="b", token', SCHEMES],
    ['Digest a="b", Xtoken a', SCHEMES],
    ['a.b.c', SCHEMES],
    ['Other x, a.b.c', SCHEMES],
    ['Token', {}],
    ['Basic x,', BARE],
    ['Basic x, a.b', BARE],
    ['Basic x, a.b.c.d', BARE],
    ['Basic x, a..c', BARE],
    ['Basic x, "a.b.c"', BARE],
    ['Basic x, a.b.c=', BARE],
    ['Digest a="b", , c="d"', BARE],
    ['Basic x, , y z', BARE],
    ['   ', BARE],
    ['\t', SCHEMES],
  ])('is none, so that cookies count: %j', (authorization, plan) => {
    expect(extracted({ authorization }, plan)).toEqual(none)
    expect(extracted({ authorization, cookie: 'session=a' }, plan)).toEqual({
      kind: 'ambient',
      cookies: [[{ carrier: 'cookie', name: 'session', value: 'a' }]],
    })
  })

  it.each(['Basic x, a.b.c', 'Basic x,a-1.b_2.c3', 'Basic x, y, a.b.c', 'Basic x,\ta.b.c\t'])(
    'does not hide a token without a scheme, where one is taken: %j',
    (authorization) => {
      expect(extracted({ authorization }, BARE)).toEqual(refused('credential_malformed', 'scheme'))
      expect(extracted({ authorization }, SCHEMES)).toEqual(none)
    },
  )

  it.each(['Basic x, bearer a', 'Basic x,Bearer\ta', 'Basic x,\t BEARER a', 'Other, Bearer a'])(
    'does not hide a bearer, whatever schemes are taken: %j',
    (authorization) => {
      for (const plan of [{}, SCHEMES])
        expect(extracted({ authorization }, plan)).toEqual(refused('credential_malformed', 'bearer', 'authorization'))
    },
  )
})

describe('a scheme of its own', () => {
  it.each<[string, string]>([
    ['Token  a', 'a'],
    ['Token \t a', 'a'],
    ['\tTOKEN a ', 'a'],
    ['Token a b', 'a b'],
    ['Token a\nb', 'a\nb'],
    ['Token', ''],
    ['Token ', ''],
  ])('is read without its white space: %j', (authorization, value) => {
    expect(extracted({ authorization }, SCHEMES)).toEqual(explicit('scheme', 'token', value))
  })

  it.each(['bearer a', 'BEARER\ta', ' Bearer  a'])('leaves a bearer a bearer: %j', (authorization) => {
    expect(extracted({ authorization }, SCHEMES)).toEqual(explicit('bearer', 'authorization', 'a'))
    expect(extracted({ authorization }, BARE)).toEqual(explicit('bearer', 'authorization', 'a'))
  })

  it.each(['a', 'a.b', 'a.b c', 'a,b', ',a', 'a.b.c, Basic x'])(
    'is not needed where a token travels without one: %j',
    (authorization) => {
      expect(extracted({ authorization }, BARE)).toEqual(explicit('scheme', NO_SCHEME, authorization))
    },
  )

  it('is never empty where no token travels without one', () => {
    expect(extracted({ authorization: ', a' }, SCHEMES)).toEqual(none)
  })
})

describe('a subprotocol of an upgrade', () => {
  const offer = (protocols: string | readonly string[], plan: Partial<CarrierPlan> = {}, more: Headers = {}) =>
    extracted({ 'sec-websocket-protocol': protocols, ...more }, plan, true)

  it.each<[string | readonly string[], string]>([
    ['bearer.a', 'a'],
    ['chat, bearer.a', 'a'],
    ['chat,\tbearer.a ,v2', 'a'],
    [['chat', 'bearer.a'], 'a'],
    ['bearer.a.b.c', 'a.b.c'],
    ['bearer.a%2Fb%3D', 'a/b='],
    ['bearer.a%', 'a%'],
    ['bearer.', ''],
  ])('carries one bearer among those that are offered: %j', (protocols, value) => {
    expect(offer(protocols)).toEqual(explicit('bearer', 'sec-websocket-protocol', value))
  })

  it.each(['chat', 'bearer', 'Bearer.a', 'xbearer.a', 'chat bearer.a', 'chat.bearer.a'])(
    'is none in %j',
    (protocols) => {
      expect(offer(protocols)).toEqual(none)
    },
  )

  it('carries none where it is not configured, and outside an upgrade', () => {
    expect(offer('bearer.a', { subprotocol: null })).toEqual(none)
    expect(offer('null.a', { subprotocol: null })).toEqual(none)
    expect(extracted({ 'sec-websocket-protocol': 'bearer.a' })).toEqual(none)
    expect(offer('bearer.a', { bearer: false })).toEqual(none)
  })

  it.each([['bearer.a, bearer.a'], [['bearer.a', 'bearer.b']]])('carries no two bearers: %j', (protocols) => {
    expect(offer(protocols)).toEqual(refused('credential_malformed', 'bearer', 'sec-websocket-protocol'))
  })

  it('is refused beside Authorization and beside an API key, and before a cookie', () => {
    expect(offer('bearer.a', {}, { authorization: 'Bearer a' })).toEqual(refused('credential_malformed', 'bearer'))
    expect(offer('bearer.a', SCHEMES, { authorization: 'Token a' })).toEqual(refused('credential_malformed', 'bearer'))
    expect(offer('bearer.a', {}, { 'x-api-key': 'a' })).toEqual(refused('credential_malformed', 'header'))
    expect(offer('bearer.a', {}, { cookie: 'session=a' })).toEqual(explicit('bearer', 'sec-websocket-protocol', 'a'))
    expect(offer('chat', {}, { cookie: 'session=a' })).toMatchObject({ kind: 'ambient' })
  })

  it('is bounded in size after it is decoded', () => {
    expect(offer(`bearer.${OVER_LIMIT}`)).toEqual(refused('credential_too_large', 'bearer', 'sec-websocket-protocol'))
    expect(offer(`bearer.${'%41'.repeat(16)}`)).toEqual(explicit('bearer', 'sec-websocket-protocol', 'A'.repeat(16)))
  })
})

describe('a percent-encoded signed bearer', () => {
  const plan = { percentEncodedBearer: true, maxCredentialBytes: 200 }
  const signature = `${'a'.repeat(39)}%2B%2b%2F%2f`
  const sent = (value: string) => extracted({ authorization: `Bearer ${value}` }, plan)

  it.each([16, 32, 64])('with a token of %i characters is made canonical', (length) => {
    const token = 'A9'.repeat(length / 2)
    for (const end of ['%3D', '%3d'])
      expect(sent(`${token}.${signature}${end}`)).toEqual(
        explicit('bearer', 'authorization', `${token}.${'a'.repeat(39)}++//=`),
      )
  })

  it.each([
    `${'A'.repeat(15)}.${signature}%3D`,
    `${'A'.repeat(65)}.${signature}%3D`,
    `_${'A'.repeat(31)}.${signature}%3D`,
    `${'A'.repeat(32)}.a${signature}%3D`,
    `${'A'.repeat(32)}.${signature.slice(1)}%3D`,
    `${'A'.repeat(32)}.${signature}=`,
    `${'A'.repeat(32)}.${signature}%3D%3D`,
    `${'A'.repeat(32)}.${signature.replace('%2B', '%2E')}%3D`,
    `${'A'.repeat(32)}a${signature}%3D`,
  ])('of another form stays as it was sent, and is not well formed: %j', (value) => {
    expect(sent(value)).toEqual(explicit('bearer', 'authorization', value))
    expect(isWellFormed({ carrier: 'bearer', name: 'authorization', value })).toBe(false)
  })
})

it('judges each carrier by its own grammar', () => {
  const wellFormed = (carrier: Credential['carrier'], value: string) => isWellFormed({ carrier, name: 'n', value })
  // A key may hold what a token must not; a cookie was read by its own rules.
  expect(wellFormed('header', 'a:b!')).toBe(true)
  for (const carrier of ['bearer', 'scheme'] as const) {
    expect(wellFormed(carrier, 'a:b!')).toBe(false)
    expect(wellFormed(carrier, 'a.b-c_d~e+f/g==')).toBe(true)
  }
  for (const value of ['', 'a b', 'a,b']) {
    expect(wellFormed('cookie', value)).toBe(true)
    expect(wellFormed('header', value)).toBe(false)
  }
})

describe('cookies beside others', () => {
  const plan = (more: Partial<CarrierPlan> = {}) => ({
    cookies: ['session', 'other'],
    companions: new Map([['session', ['cache']]]),
    beside: ['cache', 'sealed'],
    maxCredentialBytes: 100,
    ...more,
  })

  it('come along with the cookie whose owner asked for them, chunks included, and with no other', () => {
    expect(
      extracted({ cookie: 'session=s; cache=c; cache=d; cache.0=e; cache.x=n; sealed=n; other=o' }, plan()),
    ).toEqual({
      kind: 'ambient',
      cookies: [
        [
          {
            carrier: 'cookie',
            name: 'session',
            value: 's',
            companions: new Map([
              ['cache', ['c', 'd']],
              ['cache.0', ['e']],
            ]),
          },
        ],
        [{ carrier: 'cookie', name: 'other', value: 'o' }],
      ],
    })
  })

  it('are none of a cookie that is missing', () => {
    expect(extracted({ cookie: 'cache=c; cache.0=d' }, plan())).toEqual(none)
    expect(extracted({ cookie: 'session=; cache=c' }, plan())).toEqual(none)
  })

  it('are asked for, and may be absent', () => {
    expect(extracted({ cookie: 'session=s' }, plan())).toEqual({
      kind: 'ambient',
      cookies: [[{ carrier: 'cookie', name: 'session', value: 's', companions: new Map() }]],
    })
  })

  it('are joined where the credential may arrive in chunks, which are counted', () => {
    const sealed = plan({ cookies: ['sealed', 'other'], companions: new Map(), chunked: ['sealed'] })
    const found = (cookie: string) => extracted({ cookie }, sealed)
    const one = (more: object): Extraction => ({
      kind: 'ambient',
      cookies: [[{ carrier: 'cookie', name: 'sealed', ...more } as Credential]],
    })
    expect(found('sealed.1=b; sealed.0=a')).toEqual(one({ value: 'ab', chunks: 2 }))
    expect(found('sealed=whole')).toEqual(one({ value: 'whole' }))
    expect(found('sealed.1=b')).toEqual(none)
    expect(found('other.0=a; other.1=b')).toEqual(none)
    expect(found(`sealed.0=${'a'.repeat(60)}; sealed.1=${'a'.repeat(41)}`)).toEqual(
      refused('credential_too_large', 'cookie', 'sealed'),
    )
  })

  it('are not joined where the cookie arrives whole only', () => {
    expect(extracted({ cookie: 'other.0=a; other.1=b' }, plan({ beside: ['other'] }))).toEqual(none)
  })

  it('count where a cookie is taken, and nowhere else', () => {
    expect(extracted({ cookie: 'session=s' }, plan({ cookies: [] }))).toEqual(none)
    expect(extracted({ cookie: [] }, plan())).toEqual(none)
    expect(extracted({}, plan())).toEqual(none)
  })
})

import { describe, expect, it } from 'vitest'
import { seconds } from '../../support/clock.js'
import { judged, reasonOf } from '../../support/legacy.js'
import { OTHER_SECRET } from '../../support/tokens.js'

const OK = '200 legacy-7 by legacy'
const INVALID = '401 credential_invalid'
const EXPIRED = '401 credential_expired'

describe('exp', () => {
  it('is required', async () => {
    expect(await judged({ exp: undefined })).toBe(INVALID)
    expect(await reasonOf({ exp: undefined })).toBe('claims')
  })

  it('counts to the second, with a tolerance of five', async () => {
    expect(await judged({ exp: seconds(1) })).toBe(OK)
    expect(await judged({ exp: seconds(-4) })).toBe(OK)
    expect(await judged({ exp: seconds(-5) })).toBe(EXPIRED)
    expect(await judged({ exp: seconds(0) }, { clockToleranceSeconds: 0 })).toBe(EXPIRED)
    expect(await judged({ exp: seconds(-299), iat: undefined }, { clockToleranceSeconds: 300 })).toBe(OK)
  })

  it.each([
    ['a text', '9999999999'],
    ['a list', [9_999_999_999]],
    ['an object', {}],
    ['null', null],
    ['true', true],
    ['milliseconds', seconds(60) * 1000],
    ['a negative number', -1],
  ])('must be a sane number of seconds, not %s', async (_, exp) => {
    expect(await judged({ exp })).toBe(INVALID)
  })

  it('must be finite', async () => {
    for (const exp of ['1e400', '-1e400', '1e100'])
      expect(await judged({}, {}, { claims: `{"userId":"x","type":"access","exp":${exp}}` })).toBe(INVALID)
  })

  it('must not lie before iat', async () => {
    expect(await judged({ exp: seconds(-1), iat: seconds(0) })).toBe(INVALID)
  })
})

describe('nbf and iat', () => {
  it.each(['nbf', 'iat'])('%s must not lie in the future beyond the tolerance', async (claim) => {
    expect(await judged({ [claim]: seconds(5) })).toBe(OK)
    expect(await judged({ [claim]: seconds(6) })).toBe(INVALID)
    expect(await reasonOf({ [claim]: seconds(6) })).toBe('not_yet_valid')
  })

  it.each(['nbf', 'iat'])('%s must be a sane number where it stands', async (claim) => {
    expect(await judged({ [claim]: undefined })).toBe(OK)
    for (const value of ['1', null, [1], -1, seconds() * 1000]) expect(await judged({ [claim]: value })).toBe(INVALID)
  })
})

describe('maxAgeSeconds', () => {
  const options = { maxAgeSeconds: 600 }

  it('takes the place of exp, counted from iat', async () => {
    expect(await judged({ exp: undefined, iat: seconds(-604) }, options)).toBe(OK)
    expect(await judged({ exp: undefined, iat: seconds(-605) }, options)).toBe(EXPIRED)
    expect(await judged({ exp: undefined, iat: undefined }, options)).toBe(INVALID)
  })

  it('does not lengthen exp', async () => {
    expect(await judged({ exp: seconds(-5), iat: seconds(-60) }, options)).toBe(EXPIRED)
    expect(await judged({ exp: seconds(900), iat: seconds(-605) }, options)).toBe(EXPIRED)
  })
})

describe('iss', () => {
  const options = { issuer: ['https://a.example', 'https://b.example'] }

  it('is exact where one is configured, and owns the token', async () => {
    expect(await judged({ iss: 'https://b.example' }, options)).toBe(OK)
    for (const iss of [undefined, 'https://c.example', 'https://a.example/', ['https://a.example'], null, ''])
      expect(await judged({ iss }, options)).toBe('401 credential_unsupported')
  })

  it('must be absent where none is configured', async () => {
    for (const iss of ['https://a.example', '', null, {}])
      expect(await judged({ iss })).toBe('401 credential_unsupported')
  })
})

describe('aud', () => {
  it('rejects a token whose audience is another API', async () => {
    expect(await judged({ aud: 'api' }, { audience: 'api' })).toBe(OK)
    expect(await judged({ aud: ['web', 'api'] }, { audience: ['api'] })).toBe(OK)
    expect(await judged({ aud: 'web' }, { audience: 'api' })).toBe('401 credential_unsupported')
    expect(await judged({ aud: undefined }, { audience: 'api' })).toBe('401 credential_unsupported')
  })

  it.each([{}, 1, null, [], ['api', 1], [['api']], true])('has the type of its RFC, not %j', async (aud) => {
    expect(await judged({ aud })).toBe(INVALID)
    expect(await reasonOf({ aud })).toBe('audience')
  })

  it('is not looked at where none is configured, apart from a session cache', async () => {
    expect(await judged({ aud: 'web' })).toBe(OK)
    expect(await reasonOf({ aud: 'better-auth:session-cache' })).toBe('purpose')
  })
})

describe('what the same key signs for other purposes', () => {
  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'refresh', 'better-auth.session-cache+jwt', ''])(
    'is refused by typ: %s',
    async (typ) => {
      expect(await judged({}, {}, { header: { alg: 'HS256', typ } })).toBe(INVALID)
    },
  )

  it.each([undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt'])('accepts the typ %s', async (typ) => {
    expect(await judged({}, {}, { header: { alg: 'HS256', ...(typ === undefined ? {} : { typ }) } })).toBe(OK)
  })

  it.each([
    ['an id token', { nonce: 'n' }],
    ['an id token with at_hash', { at_hash: 'h' }],
    ['an id token with c_hash', { c_hash: 'h' }],
    ['a logout token', { events: {} }],
    ['a refresh token', { token_use: 'refresh' }],
    ['an id token of Cognito', { token_use: 'id' }],
    ['a token_use that is no text', { token_use: ['access'] }],
  ])('is refused by its claims: %s', async (_, claims) => {
    expect(await judged(claims)).toBe(INVALID)
    expect(await reasonOf(claims)).toBe('purpose')
  })

  it('is refused when bound to a key: it is no plain bearer', async () => {
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, null, '']) {
      expect(await judged({ cnf })).toBe(INVALID)
      expect(await reasonOf({ cnf })).toBe('bound_to_key')
    }
  })
})

it('looks at the signature before any claim', async () => {
  const forged = { key: OTHER_SECRET }
  for (const claims of [{ exp: seconds(-900), iat: 0 }, { exp: 'x' }, { cnf: {} }, { type: 'refresh' }])
    expect(await reasonOf(claims, {}, { ...forged, claims: { userId: 'x', type: 'access', ...claims } })).toBe(
      'signature',
    )
})

it('takes a typ of its own where the purpose asks for one', async () => {
  const purpose = { header: 'typ', value: 'access' } as const
  expect(await judged({}, { purpose }, { header: { alg: 'HS256', typ: 'access' } })).toBe(OK)
  expect(await judged({}, { purpose }, { header: { alg: 'HS256', typ: 'refresh' } })).toBe(INVALID)
  expect(await judged({}, { purpose }, { header: { alg: 'HS256', typ: 'JWT' } })).toBe(INVALID)
})

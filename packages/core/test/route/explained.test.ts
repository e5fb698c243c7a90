import { describe, expect, it } from 'vitest'
import type { Verifier } from '../../src/index.js'
import type { CarrierPlan, Credential } from '../../src/extract/credential.js'
import { onlyIn } from '../../src/route/carriers.js'
import { explain, placeOf } from '../../src/route/explain.js'
import { credentialOf } from '../../src/route/given-credential.js'
import { ANY_ISSUER } from '../../src/route/issuers.js'
import { createRouter } from '../../src/route/router.js'
import { present, type PrefixShape, type Shape } from '../../src/route/shape.js'
import { wrongOption } from '../support/outcome.js'
import { mint } from '../support/tokens.js'
import { PLAN as USUAL } from '../support/plans.js'
import { BEARER, jwtShape as jwt } from '../support/shapes.js'

const PLAN: CarrierPlan = { ...USUAL, cookies: ['session', 'other'], subprotocol: 'bearer', maxCredentialBytes: 16 }

const verifier = (name: string, ...shapes: Shape[]): Verifier => ({
  name,
  shapes,
  open: () => ({ verify: () => ({ outcome: 'not-mine' }), ready: async () => {}, close: () => {} }),
})
const prefix = (text: string, minLength = 0, maxLength = Number.POSITIVE_INFINITY): PrefixShape => ({
  kind: 'prefix',
  carriage: BEARER,
  prefix: text,
  minLength,
  maxLength,
})
const bearer = (value: string): Credential => ({ carrier: 'bearer', name: 'authorization', value })
const explained = (credential: Credential, verifiers: Verifier[], precedence: string[] = []) =>
  explain(present(credential), verifiers, createRouter(verifiers, precedence))
const because = (credential: Credential, ...shapes: Shape[]): string =>
  explained(credential, [verifier('v', ...shapes)]).considered[0]?.because ?? ''

describe('what is explained', () => {
  it.each([
    ['a.b', bearer('a.b')],
    ['Bearer a.b', bearer('a.b')],
    [
      { scheme: 'TOKEN', value: 'a' },
      { carrier: 'scheme', name: 'token', value: 'a' },
    ],
    [
      { scheme: '', value: 'a' },
      { carrier: 'scheme', name: '', value: 'a' },
    ],
    [
      { header: 'X-Api-Key', value: 'a' },
      { carrier: 'header', name: 'x-api-key', value: 'a' },
    ],
    [
      { header: 'Cookie', value: 'theme=dark; session="a.b"' },
      { carrier: 'cookie', name: 'session', value: 'a.b' },
    ],
    [
      { header: 'cookie', value: 'theme=dark' },
      { carrier: 'cookie', name: '', value: 'theme=dark' },
    ],
    [
      { header: 'cookie', value: `session=${'a'.repeat(17)}` },
      { carrier: 'cookie', name: 'session', value: 'a'.repeat(17) },
    ],
    [
      { header: 'Sec-WebSocket-Protocol', value: 'chat, bearer.a.b' },
      { carrier: 'bearer', name: 'sec-websocket-protocol', value: 'a.b' },
    ],
    [
      { cookie: 'Session', value: 'a' },
      { carrier: 'cookie', name: 'Session', value: 'a' },
    ],
  ])('is %j as %j', (input, credential) => {
    expect(credentialOf(input as never, PLAN, 'explain')).toEqual(credential)
  })

  it.each([
    null,
    undefined,
    7,
    {},
    { value: 'a' },
    { cookie: 'a' },
    { cookie: 7, value: 'a' },
    { header: 'a', value: 7 },
  ])('is not %j, by the name of who was asked', (input) => {
    for (const caller of ['explain', 'diagnose'] as const)
      expect(wrongOption(() => credentialOf(input as never, PLAN, caller))).toBe(caller)
  })
})

it.each([
  { header: 'cookie', value: 'session=a; other=b' },
  { header: 'cookie', value: 'session=a; session=b' },
  { header: 'cookie', value: 'session=a; session=b; session=c; session=d' },
  { header: 'authorization', value: 'Basic x, Bearer a' },
])('one credential is explained at a time, not those of %j', (input) => {
  expect(wrongOption(() => credentialOf(input, PLAN, 'explain'))).toBe('explain.value')
})

describe('the owners', () => {
  const two = [verifier('a', prefix('x')), verifier('b', prefix('y'), prefix('z'))]

  it('are one, or none', () => {
    expect(explained(bearer('z'), two)).toMatchObject({
      outcome: 'owned',
      verifiers: ['b'],
      considered: [
        { verifier: 'a', owns: false },
        { verifier: 'b', owns: true },
      ],
    })
    expect(explained(bearer('w'), two)).toMatchObject({ outcome: 'unsupported', verifiers: [] })
  })

  it('are several where it is ambiguous', () => {
    const jwtLike = '{\n"alg":"HS256"}'
    const meets = [verifier('a', jwt()), verifier('b', prefix('ew'))]
    expect(explained(bearer(mint({ header: jwtLike, claims: {} })), meets)).toMatchObject({
      outcome: 'ambiguous',
      verifiers: ['a', 'b'],
    })
  })
})

/** Each situation, and the facts of the configuration that its reason names. */
const REASONS: readonly [string, () => string, readonly string[]][] = [
  ['a prefix that fits', () => because(bearer('sk_1'), prefix('sk_')), ['sk_']],
  ['an opaque value of any length', () => because(bearer('abc'), prefix('', 1)), ['1']],
  ['an opaque value of its length', () => because(bearer('abc'), prefix('', 3, 3)), ['3']],
  [
    'a session token',
    () => because(bearer('a'.repeat(32)), { kind: 'pattern', carriage: BEARER, pattern: 'session-token' }),
    ['raw'],
  ],
  [
    'a signed session token',
    () =>
      because(bearer(`${'a'.repeat(32)}.${'a'.repeat(43)}=`), {
        kind: 'pattern',
        carriage: BEARER,
        pattern: 'signed-session-token',
      }),
    ['signed'],
  ],
  [
    'a cookie',
    () =>
      because({ carrier: 'cookie', name: 's', value: 'a' }, { kind: 'cookie', carriage: onlyIn({ cookies: ['s'] }) }),
    ['cookie'],
  ],
  ['a JWT without issuer', () => because(bearer(mint({ claims: {} })), jwt()), ['issuer']],
  ['a JWT of its issuer', () => because(bearer(mint({ claims: { iss: 'a' } })), jwt({ issuers: ['a'] })), ['issuers']],
  ['a prefix that does not fit', () => because(bearer('x'), prefix('sk_', 5)), ['sk_', '5']],
  ['a length that does not fit', () => because(bearer('x'), prefix('', 20, 43)), ['20', '43']],
  [
    'no session token',
    () => because(bearer('x'), { kind: 'pattern', carriage: BEARER, pattern: 'session-token' }),
    ['raw'],
  ],
  ['no JWT', () => because(bearer('x'), jwt()), ['JWT']],
  [
    'another algorithm',
    () => because(bearer(mint({ claims: {} })), jwt({ algorithms: ['RS256', 'ES256'] })),
    ['RS256, ES256'],
  ],
  ['an issuer where none is named', () => because(bearer(mint({ claims: { iss: 'a' } })), jwt()), ['`iss`']],
  [
    'another issuer',
    () => because(bearer(mint({ claims: { iss: 'x' } })), jwt({ issuers: ['id-1', 'id-2'] })),
    ['id-1, id-2', '`iss`'],
  ],
  [
    'no issuer where any counts',
    () => because(bearer(mint({ claims: {} })), jwt({ issuers: [ANY_ISSUER] })),
    ['`iss`'],
  ],
  ['another audience', () => because(bearer(mint({ claims: { aud: 'x' } })), jwt({ audiences: ['api'] })), ['`aud`']],
  [
    'another key',
    () => because(bearer(mint({ claims: { aud: 'api' } })), jwt({ audiences: ['api'], keyIds: ['k'] })),
    ['`kid`'],
  ],
  ['another header', () => because({ carrier: 'header', name: 'x-key', value: 'a' }, prefix('a')), ['header', 'x-key']],
  [
    'a bearer',
    () => because(bearer('a'), prefix('a'), { kind: 'cookie', carriage: onlyIn({ cookies: ['s'] }) }),
    ['a'],
  ],
  [
    'a bearer where none is taken',
    () => because(bearer('a'), { kind: 'cookie', carriage: onlyIn({ cookies: ['s'] }) }),
    ['bearer'],
  ],
]

describe('the reason', () => {
  it.each(REASONS)('of %s names what decided', (_, reason, facts) => {
    for (const fact of facts) expect(reason()).toContain(fact)
  })

  it('differs from situation to situation', () => {
    const reasons = REASONS.map(([, reason]) => reason())
    expect(new Set(reasons).size).toBe(reasons.length)
  })

  it('never names the pattern that stands for any issuer', () => {
    expect(because(bearer(mint({ claims: {} })), jwt({ issuers: [ANY_ISSUER] }))).not.toContain(ANY_ISSUER)
  })

  it('is given once where several shapes miss the same', () => {
    expect(because(bearer('x'), prefix('a_'), prefix('a_'), prefix('b_'))).toBe(
      `${because(bearer('x'), prefix('a_'))}; ${because(bearer('x'), prefix('b_'))}`,
    )
  })

  it('leaves out shapes that look elsewhere', () => {
    expect(because(bearer('x'), prefix('a_'), jwt({ carriage: onlyIn({ headers: ['h'] }) }))).toBe(
      because(bearer('x'), prefix('a_')),
    )
  })
})

it('each place has a name of its own', () => {
  const places = [
    bearer('a'),
    { carrier: 'scheme', name: '', value: 'a' },
    { carrier: 'scheme', name: 'token', value: 'a' },
    { carrier: 'header', name: 'token', value: 'a' },
    { carrier: 'cookie', name: 'token', value: 'a' },
    { carrier: 'cookie', name: '', value: 'a' },
  ] as const
  const named = places.map(placeOf)
  expect(new Set(named).size).toBe(places.length)
  for (const place of named.slice(2, 5)) expect(place).toContain('token')
})

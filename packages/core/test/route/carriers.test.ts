import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  betterAuthTokens,
  createDualAuth,
  keySetAt,
  legacyJwt,
  oidc,
  workos,
  workosConnect,
  workosM2m,
  workosSession,
  type AuthRequest,
  type Carriers,
  type Verifier,
} from '../../src/index.js'
import { createClock, seconds } from '../support/clock.js'
import { startKeySetServer, type KeySetServer } from '../support/key-set-server.js'
import { outcome, wrongOption } from '../support/outcome.js'
import { request } from '../support/requests.js'
import { SESSION_SECRET } from '../support/sessions.js'
import { mint, rsaPair, SECRET } from '../support/tokens.js'

const pair = rsaPair()
const AUDIENCE = 'https://api.example'
const CLIENT = 'client_01'
/** Better Auth looks at bearers anyway: those of its sessions. */
const NOT_TAKEN = /^401 credential_(?:missing|unsupported)$/

let keySet: KeySetServer
beforeAll(async () => {
  keySet = await startKeySetServer([{ ...pair.jwk, kid: 'a', alg: 'RS256', use: 'sig' }])
})
afterAll(() => keySet.close())

type Make = (carriers?: Carriers) => Verifier
interface Kind {
  readonly make: Make
  readonly claims: Record<string, unknown>
}

/** Every verifier of JWTs, and claims of a token that it accepts. */
const KINDS: Readonly<Record<string, () => Kind>> = {
  legacyJwt: () => ({
    make: (carriers) =>
      legacyJwt({
        name: 'v',
        algorithms: ['RS256'],
        keySet: keySetAt(keySet.url),
        purpose: 'only-access-tokens',
        ...(carriers && { carriers }),
      }),
    claims: {},
  }),
  oidc: () => ({
    make: (carriers) =>
      oidc({
        name: 'v',
        issuer: 'https://id.example',
        audience: AUDIENCE,
        keySetUrl: keySet.url,
        profile: 'plain-jwt',
        ...(carriers && { carriers }),
      }),
    claims: { iss: 'https://id.example', aud: AUDIENCE, azp: 'web', scope: 'openid' },
  }),
  workos: () => ({
    make: (carriers) => workos({ name: 'v', clientId: CLIENT, apiUrl: keySet.origin, ...(carriers && { carriers }) }),
    claims: { iss: keySet.origin, sid: 'session_01' },
  }),
  workosConnect: () => ({
    make: (carriers) =>
      workosConnect({ name: 'v', authKitUrl: keySet.origin, clientId: CLIENT, ...(carriers && { carriers }) }),
    claims: { iss: keySet.origin, aud: CLIENT, sid: 'app_consent_01', sub: 'user_7' },
  }),
  workosM2m: () => ({
    make: (carriers) =>
      workosM2m({ name: 'v', authKitUrl: keySet.origin, clientId: CLIENT, ...(carriers && { carriers }) }),
    claims: { iss: keySet.origin, aud: CLIENT, sub: 'client_app' },
  }),
  betterAuthTokens: () => ({
    make: (carriers) =>
      betterAuth({
        name: 'v',
        secrets: [SESSION_SECRET],
        sessions: () => null,
        tokens: betterAuthTokens({
          baseUrl: 'https://app.example',
          keySetUrl: keySet.url,
          ...(carriers && { carriers }),
        }),
      }),
    claims: { iss: 'https://app.example', aud: 'https://app.example', email: 'a@example.com' },
  }),
}

const CARRIERS: readonly [carrier: Carriers[number], sent: (token: string) => AuthRequest][] = [
  ['bearer', (token) => request({ authorization: `Bearer ${token}` })],
  ['bare', (token) => request({ authorization: token })],
  [{ scheme: 'Token' }, (token) => request({ authorization: `Token ${token}` })],
  [{ scheme: 'jwt' }, (token) => request({ authorization: `JWT ${token}` })],
  [{ header: 'X-Forwarded-Access-Token' }, (token) => request({ 'x-forwarded-access-token': token })],
  [{ cookie: 'access_token' }, (token) => request({ cookie: `other=1; access_token=${token}` })],
]

describe.each(Object.entries(KINDS))('%s', (_, kind) => {
  const judged = async (carriers: Carriers | undefined, sent: (token: string) => AuthRequest) => {
    const { make, claims } = kind()
    const token = mint({
      algorithm: 'RS256',
      key: pair.privateKey,
      header: { alg: 'RS256', kid: 'a', typ: 'JWT' },
      claims: { sub: 'user_7', iat: seconds(-10), exp: seconds(290), ...claims },
    })
    const auth = createDualAuth({
      verifiers: [make(carriers)],
      link: () => ({ id: 'account' }),
      now: createClock().now,
    })
    return outcome(auth, sent(token))
  }

  it.each(CARRIERS)('takes a token from %j where that is named, and from nowhere else', async (carrier, sent) => {
    expect(await judged([carrier], sent)).toBe('200 account by v')
    for (const [other, elsewhere] of CARRIERS)
      if (other !== carrier) expect(await judged([carrier], elsewhere)).toMatch(NOT_TAKEN)
  })

  it('takes bearers where no carrier is named', async () => {
    const [[, asBearer], ...others] = CARRIERS as [(typeof CARRIERS)[number], ...(typeof CARRIERS)[number][]]
    expect(await judged(undefined, asBearer)).toBe('200 account by v')
    for (const [, sent] of others) expect(await judged(undefined, sent)).toMatch(NOT_TAKEN)
  })

  it('refuses a carrier that is none, by name', () => {
    const carriers = (value: unknown) => wrongOption(() => kind().make(value as Carriers)).replace(/^\w+\(v\)|^\w+/, '')
    expect(carriers([])).toBe('.carriers')
    expect(carriers('bearer')).toBe('.carriers')
    expect(carriers(['Bearer'])).toBe('.carriers[0]')
    expect(carriers([{ scheme: 'To ken' }])).toBe('.carriers[0].scheme')
    for (const scheme of ['Basic', 'digest', 'Negotiate', 'DPoP'])
      expect(carriers(['bearer', { scheme }])).toBe('.carriers[1].scheme')
    for (const header of ['Authorization', 'cookie', 'sec-websocket-protocol', 'a b'])
      expect(carriers([{ header }])).toBe('.carriers[0].header')
    expect(carriers([{ cookie: 'a;b' }])).toBe('.carriers[0].cookie')
    expect(carriers([{ header: 'x-a', extra: 1 }])).toBe('.carriers[0].extra')
  })
})

it('tells two verifiers apart by scheme, and refuses two that share one', () => {
  const verifier = (name: string, carriers: Carriers) =>
    legacyJwt({ name, algorithms: ['HS256'], secrets: [`${name}-${SECRET}`], purpose: 'only-access-tokens', carriers })
  const both = (one: Carriers, two: Carriers) => () =>
    createDualAuth({ verifiers: [verifier('one', one), verifier('two', two)], link: () => null })
  expect(both([{ scheme: 'Token' }], ['bearer'])).not.toThrow()
  expect(both([{ scheme: 'Token' }], ['bare'])).not.toThrow()
  expect(wrongOption(both([{ scheme: 'Token' }], [{ scheme: 'TOKEN' }]))).toBe('createDualAuth.verifiers')
  expect(wrongOption(both(['bare'], ['bare']))).toBe('createDualAuth.verifiers')
  expect(wrongOption(both(['bearer'], [{ scheme: 'bearer' }]))).toBe('createDualAuth.verifiers')
})

it('refuses a token in the cookie of a session', () => {
  const session = workosSession({ cookiePasswords: [SECRET], cookie: { name: 'access_token' } })
  expect(
    wrongOption(() => workos({ name: 'v', clientId: CLIENT, session, carriers: [{ cookie: 'access_token' }] })),
  ).toBe('workos(v).carriers')
  const tokens = betterAuthTokens({
    baseUrl: 'https://app.example',
    carriers: [{ cookie: 'better-auth.session_token' }],
  })
  expect(wrongOption(() => betterAuth({ name: 'v', secrets: [SESSION_SECRET], sessions: () => null, tokens }))).toBe(
    'betterAuthTokens.carriers',
  )
})

it('explains and revokes what travelled with another scheme', async () => {
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'v',
        algorithms: ['HS256'],
        secrets: [SECRET],
        purpose: 'only-access-tokens',
        carriers: [{ scheme: 'Token' }],
      }),
    ],
    now: createClock().now,
  })
  const token = mint({ claims: { sub: 'user-7', iat: seconds(-10), exp: seconds(290) } })
  expect(auth.explain({ scheme: 'TOKEN', value: token }).verifiers).toEqual(['v'])
  expect(auth.explain(token).outcome).toBe('unsupported')
  expect(await outcome(auth, request({ authorization: `Token ${token}` }))).toBe('200 user-7 by v')
  await auth.revoke({ credential: `Token ${token}` })
  expect(await outcome(auth, request({ authorization: `Token ${token}` }))).toBe('401 credential_revoked')
})

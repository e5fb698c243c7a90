// Sessions of other systems have their cookies to themselves: every pair of them, and each with every other verifier of a cookie.
import { describe, expect, it } from 'vitest'
import {
  authJs,
  betterAuth,
  createDualAuth,
  expressSession,
  introspection,
  ironSession,
  legacyJwt,
  oidc,
  oidcSession,
  sessions,
  workos,
  workosSession,
  type Verifier,
} from '../../src/index.js'
import { wrongOption } from '../support/outcome.js'
import { SECRET } from '../support/tokens.js'

/** A verifier with its sessions or tokens in that cookie. */
type Make = (name: string, cookie: string) => Verifier

/** Verifiers that share no secret. */
const secretOf = (name: string) => `${name} ${SECRET}`
const issuerOf = (name: string) => `https://${name}.example`

const SESSIONS: Readonly<Record<string, Make>> = {
  'authJs, version 5': (name, cookie) => authJs({ name, cookie, secrets: [secretOf(name)] }),
  'authJs, version 4': (name, cookie) => authJs({ name, cookie, secrets: [secretOf(name)], version: 4 }),
  'authJs with a database': (name, cookie) => authJs({ name, cookie, sessions: () => null }),
  sessions: (name, cookie) => sessions({ name, carriers: [{ cookie }], find: () => null }),
  expressSession: (name, cookie) =>
    expressSession({ name, cookie, secrets: [secretOf(name)], store: { get: () => {} } }),
  ironSession: (name, cookie) =>
    ironSession({ name, cookie, passwords: [secretOf(name)], claims: { subject: 'userId' } }),
}

const OTHERS: Readonly<Record<string, Make>> = {
  betterAuth: (name, cookie) =>
    betterAuth({ name, cookies: { name: cookie }, secrets: [secretOf(name)], sessions: () => null }),
  workos: (name, cookie) =>
    workos({
      name,
      clientId: `client_${name}`,
      session: workosSession({ cookiePasswords: [secretOf(name)], cookie: { name: cookie } }),
    }),
  oidc: (name, cookie) =>
    oidc({
      name,
      issuer: issuerOf(name),
      audience: 'api',
      session: oidcSession({ cookiePasswords: [secretOf(name)], cookie: { name: cookie } }),
    }),
  'legacyJwt in a cookie': (name, cookie) =>
    legacyJwt({
      name,
      carriers: [{ cookie }],
      algorithms: ['HS256'],
      secrets: [secretOf(name)],
      purpose: 'only-access-tokens',
    }),
  'introspection in a cookie': (name, cookie) =>
    introspection({
      name,
      carriers: [{ cookie }],
      issuer: issuerOf(name),
      endpoint: `${issuerOf(name)}/introspect`,
      client: { id: name, secret: secretOf(name) },
      audience: 'api',
      token: { minLength: 43 },
    }),
}

const sessionKinds = Object.entries(SESSIONS)
const pairs = sessionKinds.flatMap(([one, make], at) =>
  [...sessionKinds.slice(at), ...Object.entries(OTHERS)].map(([two, other]) => [one, two, make, other] as const),
)
const start = (...verifiers: Verifier[]) => createDualAuth({ verifiers, link: () => null })

describe.each(pairs)('%s and %s', (_, two, make, other) => {
  it('are refused with one cookie, by a message that names both, whichever comes first', () => {
    for (const [old, fresh] of [
      [make, other],
      [other, make],
    ] as const) {
      const construct = () => start(old('the-old', 'sid'), fresh('the-new', 'sid'))
      expect(wrongOption(construct)).toBe('createDualAuth.verifiers')
      expect(construct).toThrow(/"the-old" and "the-new"/)
    }
  })

  it('have one owner for each of two cookies', () => {
    const auth = start(make('the-old', 'old.sid'), other('the-new', 'new.sid'))
    const value = 'A'.repeat(43)
    for (const [cookie, name] of [
      ['old.sid', 'the-old'],
      ['new.sid', 'the-new'],
    ] as const) {
      const { considered } = auth.explain({ cookie, value })
      const owners = considered.filter(({ owns }) => owns).map(({ verifier }) => verifier)
      // What is no JWT is nobody's where only JWTs are taken.
      expect(owners).toEqual(name === 'the-new' && two.startsWith('legacyJwt') ? [] : [name])
    }
  })
})

it('the chunk of a cookie that one verifier reads is no cookie of another', () => {
  const inChunks = [SESSIONS['authJs, version 5'], OTHERS['workos'], OTHERS['oidc']] as Make[]
  for (const make of inChunks)
    for (const other of [...Object.values(SESSIONS), ...Object.values(OTHERS).filter((one) => one !== make)]) {
      expect(() => start(make('the-old', 'sid'), other('the-new', 'sid.1'))).toThrow(/"the-old" and "the-new"/)
      expect(() => start(other('the-old', 'sid.0'), make('the-new', 'sid'))).toThrow(/"the-old" and "the-new"/)
      expect(() => start(make('the-old', 'sid'), other('the-new', 'sid.x'))).not.toThrow()
    }
  const stored = SESSIONS['sessions'] as Make
  expect(() => start(stored('the-old', 'sid'), stored('the-new', 'sid.0'))).not.toThrow()
})

describe('a bearer that two verifiers could own', () => {
  const own = (name: string, token: object) => sessions({ name, carriers: ['bearer'], token, find: () => null })
  const encrypted = (name: string, version: 4 | 5) =>
    authJs({ name, cookie: name, secrets: [secretOf(name)], version, bearer: true })
  const ofBetterAuth = (name: string) => betterAuth({ name, secrets: [secretOf(name)], sessions: () => null })

  it.each<[string, Verifier, Verifier]>([
    ['of two Auth.js', encrypted('one', 5), encrypted('two', 5)],
    ['of two NextAuth', encrypted('one', 4), encrypted('two', 4)],
    ['of one prefix', own('one', { prefix: 'session_' }), own('two', { prefix: 'session_' })],
    ['of a prefix in a prefix', own('one', { prefix: 's_' }), own('two', { prefix: 's_x_' })],
    ['of one length', own('one', { minLength: 40 }), own('two', { minLength: 30, maxLength: 40 })],
    ['of the length of Better Auth', own('one', { minLength: 32 }), ofBetterAuth('two')],
  ])('is refused by a message that names both: %s', (_, one, two) => {
    expect(wrongOption(() => start(one, two))).toBe('createDualAuth.verifiers')
    expect(() => start(one, two)).toThrow(/"one" and "two"/)
  })

  it.each<[string, Verifier, Verifier]>([
    ['of Auth.js and NextAuth', encrypted('one', 5), encrypted('two', 4)],
    ['of two prefixes', own('one', { prefix: 'session_' }), own('two', { prefix: 'old_' })],
    ['of other lengths', own('one', { minLength: 40 }), own('two', { minLength: 30, maxLength: 39 })],
    ['of a prefix, and Better Auth', own('one', { prefix: 'session_' }), ofBetterAuth('two')],
    ['of Auth.js and of the store of a team', encrypted('one', 5), own('two', { minLength: 40 })],
  ])('is none: %s', (_, one, two) => {
    expect(() => start(one, two)).not.toThrow()
  })
})

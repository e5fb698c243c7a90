import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { getIronSession, sealData } from 'iron-session'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { betterAuth, createDualAuth, ironSession, type DualAuth, type IronSessionOptions } from '../../../src/index.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { cookies, request } from '../../support/requests.js'
import { found, SESSION_SECRET, sessionToken, signedCookie } from '../../support/sessions.js'

interface AppSession {
  userId?: string
  roles?: string[]
  sid?: string
  org?: { id: number }
  signedInAt?: number
}

const password = randomBytes(32).toString('base64')
const OLD = randomBytes(32).toString('base64')
const COOKIE = 'app_session'
const BASE = { name: 'iron', passwords: [password], cookie: COOKIE, claims: { subject: 'userId' } } as const

const authWith = (options: Partial<IronSessionOptions> = {}, now: () => number = Date.now): DualAuth =>
  createDualAuth({ verifiers: [ironSession({ ...BASE, ...options })], now }) as unknown as DualAuth

/** What a real iron-session sets. */
async function saved(session: AppSession, options: { password?: string | Record<number, string>; ttl?: number } = {}) {
  const response = new Response()
  const config = { cookieName: COOKIE, password, ...options }
  const real = await getIronSession<AppSession>(new Request('http://localhost/'), response, config)
  Object.assign(real, session)
  await real.save()
  return (response.headers.getSetCookie()[0] ?? '').split(';')[0]!
}
const ask = async (cookie: string, auth = authWith()) => outcome(auth, request({ cookie }))

describe('sessions of a real iron-session', () => {
  it('are accepted as it saves them, with what they hold', async () => {
    const signedInAt = Date.now() - 60_000
    const cookie = await saved({ userId: 'ada', roles: ['editor'], sid: 's-1', org: { id: 7 }, signedInAt })
    const claims = { subject: (session: AppSession) => session.userId, organization: 'org.id' }
    const auth = authWith({ claims, signedInAt: 'signedInAt' })
    const result = await auth.authenticate(request({ cookie }))
    expect(result.ok && result.principal).toMatchObject({
      id: 'ada',
      issuer: 'iron',
      organization: '7',
      sessionId: 's-1',
      issuedAt: Math.floor(signedInAt / 1000),
      claims: { userId: 'ada', roles: ['editor'] },
    })
  })

  it('are revoked with their person where they say in microseconds when that person signed in', async () => {
    const auth = authWith({ signedInAt: 'signedInAt' })
    const cookie = await saved({ userId: 'ada', signedInAt: (Date.now() - 60_000) * 1_000 })
    expect(await ask(cookie, auth)).toBe('200 ada by iron')
    await auth.revoke({ principal: 'ada' })
    expect(await ask(cookie, auth)).toBe('401 credential_revoked')
  })

  it('are revoked with their person where they say that it signed in later than now', async () => {
    const auth = authWith({ signedInAt: 'signedInAt' })
    const cookie = await saved({ userId: 'ada', signedInAt: Date.now() + 2 * 3_600_000 })
    expect(await ask(cookie, auth)).toBe('200 ada by iron')
    await auth.revoke({ principal: 'ada' })
    expect(await ask(cookie, auth)).toBe('401 credential_revoked')
  })

  it('type the claims by the function that finds the subject', async () => {
    const verifier = ironSession({ ...BASE, claims: { subject: (session: AppSession) => session.userId } })
    const auth = createDualAuth({ verifiers: [verifier] })
    const result = await auth.authenticate(request({ cookie: await saved({ userId: 'ada' }) }))
    if (!result.ok) throw result.error
    expectTypeOf(result.principal.claims).toEqualTypeOf<AppSession>()
    expect(result.principal.claims.userId).toBe('ada')
  })

  it('end when they say so', async () => {
    const cookie = await saved({ userId: 'ada' }, { ttl: 3_600 })
    const at = (seconds: number) => authWith({}, () => Date.now() + seconds * 1000)
    expect(await ask(cookie, at(3_590))).toBe('200 ada by iron')
    expect(await ask(cookie, at(3_601))).toBe('401 credential_expired')
  })

  it('without an end are accepted by option only, until a date', async () => {
    const cookie = await saved({ userId: 'ada' }, { ttl: 0 })
    expect(await ask(cookie)).toBe('401 credential_invalid')
    const until = new Date(Date.now() + 86_400_000).toISOString()
    const acceptUnlimited = { until, reason: 'ttl: 0 until the move is over' }
    expect(await ask(cookie, authWith({ acceptUnlimited }))).toBe('200 ada by iron')
    const later = () => Date.now() + 2 * 86_400_000
    expect(await ask(cookie, authWith({ acceptUnlimited }, later))).toBe('401 credential_invalid')
  })

  it('are accepted by each password, in a list or by number', async () => {
    const byNumber = { 1: OLD, 2: password }
    for (const [made, passwords, index] of [
      [password, [password, OLD], 0],
      [OLD, [password, OLD], 1],
      [byNumber, byNumber, 0],
      [{ 1: OLD }, byNumber, 1],
      [byNumber, [OLD, password], 1],
    ] as const) {
      const auth = authWith({ passwords })
      const result = await auth.authenticate(request({ cookie: await saved({ userId: 'ada' }, { password: made }) }))
      expect(result.ok && result.principal.secretIndex).toBe(index)
    }
  })

  it('are refused by another password, under another name, and without their seal', async () => {
    const cookie = await saved({ userId: 'ada' })
    expect(await ask(cookie, authWith({ passwords: [OLD] }))).toBe('401 credential_invalid')
    expect(await ask(cookie, authWith({ cookie: 'another' }))).toBe('401 credential_missing')
    expect(await ask(`${COOKIE}=${encodeURIComponent('{"userId":"ada"}')}`)).toBe('401 credential_invalid')
  })

  it('that nobody has signed in to are no credential, and hide no other', async () => {
    const cookie = await saved({ roles: [] })
    expect(await ask(cookie)).toBe('401 credential_missing')
    const token = sessionToken('abc')
    const auth = createDualAuth({
      verifiers: [
        betterAuth({
          name: 'better-auth',
          secrets: [SESSION_SECRET],
          sessions: () => found('ba-7', { session: { expiresAt: new Date(Date.now() + 60_000) } }),
        }),
        ironSession(BASE),
      ],
      link: ({ subject }) => ({ id: subject }),
    })
    const both = `${cookie}; better-auth.session_token=${signedCookie(token)}`
    expect(await outcome(auth, request({ cookie: both }))).toBe('200 ba-7 by better-auth')
  })

  it('are ended by whatever they can be ended by, in every spelling', async () => {
    const cookie = await saved({ userId: 'ada', sid: 's-1' })
    const value = decodeURIComponent(cookie.slice(COOKIE.length + 1))
    for (const what of [
      { credential: value },
      { credential: cookie },
      { principal: 'ada' },
      { session: 's-1', verifier: 'iron' },
      { verifier: 'iron' },
    ]) {
      const auth = authWith()
      expect(await ask(cookie, auth)).toBe('200 ada by iron')
      await auth.revoke(what as never)
      for (const spelled of [value, value.replace('Fe', '%46e'), value.replace(/~2$/, '')])
        expect((await ask(`${COOKIE}=${spelled}`, auth)).slice(0, 3)).toBe('401')
    }
  })

  it('are asked of the app', async () => {
    const auth = authWith({ isRevoked: ({ subject }) => subject === 'ada' })
    expect(await ask(await saved({ userId: 'ada' }), auth)).toBe('401 credential_revoked')
    expect(await ask(await saved({ userId: 'bob' }), auth)).toBe('200 bob by iron')
  })
})

describe('a seal', () => {
  it.each<[string, unknown]>([
    ['of text', 'ada'],
    ['of a list', ['ada']],
    ['of null', null],
    ['with an object for the subject', { userId: { id: 'ada' } }],
    ['with a control character in the subject', { userId: 'a\u0000' }],
    ['with a prototype', JSON.parse('{"userId":"ada","__proto__":{"roles":["admin"]}}')],
  ])('%s is refused', async (_, content) => {
    const sealed = await sealData(content, { password, ttl: 60 })
    expect(await outcome(authWith(), cookies([COOKIE, sealed]))).toBe('401 credential_invalid')
  })

  it('with a prototype further down is accepted without it', async () => {
    const content: unknown = JSON.parse('{"userId":"ada","org":{"id":7,"__proto__":{"admin":true}}}')
    const sealed = await sealData(content, { password, ttl: 60 })
    const result = await authWith().authenticate(cookies([COOKIE, sealed]))
    if (!result.ok) throw result.error
    const { org } = result.principal.claims as { org: object }
    expect(org).toEqual({ id: 7 })
    expect(Object.assign({}, org)).not.toHaveProperty('admin')
  })

  it('never passes with a byte changed', async () => {
    const sealed = await sealData({ userId: 'ada' }, { password, ttl: 60 })
    const auth = authWith()
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 3), fc.constantFrom(...'Ab0-_*~%'.split('')), async (at, other) => {
        if (sealed.charAt(at) === other) return
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1)
        expect(await outcome(auth, cookies([COOKIE, changed]))).toMatch(/^401 credential_(?:invalid|expired)$/)
      }),
      { numRuns: 300 },
    )
  })
})

describe('options', () => {
  const construct = (options: object) => wrongOption(() => ironSession({ ...BASE, name: 'a', ...options } as never))

  it.each<[object, string]>([
    [{ passwords: [] }, 'ironSession(a).passwords'],
    [{ passwords: ['short'] }, 'ironSession(a).passwords[0]'],
    [{ passwords: {} }, 'ironSession(a).passwords'],
    [{ passwords: { one: password } }, 'ironSession(a).passwords'],
    [{ passwords: [password, 'a'.repeat(40)] }, 'ironSession(a).passwords[1]'],
    [{ cookie: undefined }, 'ironSession(a).cookie'],
    [{ cookie: 'a b' }, 'ironSession(a).cookie'],
    [{ claims: {} }, 'ironSession(a).claims.subject'],
    [{ claims: { subject: '$.x' } }, 'ironSession(a).claims.subject'],
    [{ password }, 'ironSession(a).password'],
    [{ acceptUnlimited: { until: '2020-01-01', reason: 'x' } }, 'ironSession(a).acceptUnlimited.until'],
  ])('%o are refused, by name', (options, path) => {
    expect(construct(options)).toBe(path)
  })

  it('of two verifiers that share a password are refused: each would open the other’s seals', () => {
    const two = () =>
      createDualAuth({
        verifiers: ['one', 'two'].map((name) => ironSession({ ...BASE, name, cookie: name })),
        link: () => null,
      })
    expect(wrongOption(two)).toBe('createDualAuth.verifiers')
  })
})

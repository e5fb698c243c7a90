import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workosRefresh, workosSession, type WorkosSessionOptions } from '../../../src/index.js'
import { seconds } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer, cookies } from '../../support/requests.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD, seal } from '../../support/seals.js'
import { mint } from '../../support/tokens.js'
import { createSessionWorld, sessionCookie, type SessionWorld } from '../../support/workos-sessions.js'

let world: SessionWorld
beforeAll(async () => {
  world = await createSessionWorld()
})
afterAll(() => world.close())

const OK = '200 user_01 by workos'
const INVALID = '401 credential_invalid'
const judged = async (sealed: string | Promise<string>, session: Partial<WorkosSessionOptions> = {}) =>
  outcome(world.instance({ session, refresh: null }).auth, sessionCookie(await sealed))

async function principalOf(sealed: string, session: Partial<WorkosSessionOptions> = {}) {
  const { auth } = world.instance({ session, refresh: null })
  const result = await auth.authenticate(sessionCookie(sealed))
  if (!result.ok) throw result.error
  return result.principal
}

describe('a sealed session', () => {
  it('is judged by the access token in it', async () => {
    expect(await judged(world.sealed())).toBe(OK)
    expect(await judged(world.sealed({ exp: seconds(-6) }))).toBe('401 credential_expired')
    expect(await judged(world.sealed({ iss: 'https://api.workos.com' }))).toBe(INVALID)
    expect(await judged(world.sealed({ sid: undefined }))).toBe(INVALID)
  })

  it('may be percent-encoded, as authkit-session writes it', async () => {
    expect(await judged(encodeURIComponent(await world.sealed()))).toBe(OK)
  })

  it('does not keep bearers of the same verifier out', async () => {
    const { auth } = world.instance()
    expect(await outcome(auth, bearer(world.accessToken()))).toBe(OK)
  })

  it('is opened by every password of the list, which the principal shows', async () => {
    const cookiePasswords = [COOKIE_PASSWORD, OLD_COOKIE_PASSWORD]
    expect(await principalOf(await world.sealed(), { cookiePasswords })).toMatchObject({ secretIndex: 0 })
    const old = await world.sealed({}, {}, OLD_COOKIE_PASSWORD)
    expect(await principalOf(old, { cookiePasswords })).toMatchObject({ secretIndex: 1 })
    expect(await judged(old)).toBe(INVALID)
  })

  it('says nothing about who the caller is: the token does', async () => {
    const user = { id: 'user_admin', email: 'admin@example.com' }
    const principal = await principalOf(await world.sealed({ sub: 'user_02' }, { user }))
    expect(principal).toMatchObject({ id: 'user_02', subject: 'user_02', email: null })
    expect(JSON.stringify(principal)).not.toContain('admin')
  })

  it('adds the e-mail address of the token’s own user', async () => {
    expect(await principalOf(await world.sealed())).toMatchObject({ email: 'user_01@example.com' })
  })

  it('hands the address of its own user to whoever makes an account, and whether it is verified', async () => {
    const contacts: unknown[] = []
    const { auth } = world.instance({
      link: ({ subject, contact }) => {
        contacts.push(contact)
        return { id: subject }
      },
    })
    const user = { object: 'user', id: 'user_01', email: 'ada@example.com' }
    for (const members of [{}, { user: { ...user, emailVerified: true } }, { user: { ...user, id: 'user_02' } }])
      await auth.authenticate(sessionCookie(await world.sealed({}, members)))
    expect(contacts).toEqual([
      { email: 'user_01@example.com', isVerified: false },
      { email: 'ada@example.com', isVerified: true },
      undefined,
    ])
  })

  it('in chunks is read, unless that is not wanted', async () => {
    const sealed = await world.sealed()
    const parts = cookies(['wos-session.1', sealed.slice(700)], ['wos-session.0', sealed.slice(0, 700)])
    const cookie = { chunks: false }
    expect(await outcome(world.instance().auth, parts)).toBe(OK)
    expect(await outcome(world.instance({ session: { cookie } }).auth, parts)).toBe('401 credential_missing')
  })

  it('that no password opens has a reason of its own', async () => {
    const other = await world.sealed({}, {}, 'kf83Jd02mWq71LxZp5Tn9Bv4Yc6Rh0Gs')
    for (const sealed of [other, 'junk'])
      expect(await world.instance().auth.authenticate(sessionCookie(sealed))).toMatchObject({
        error: { code: 'credential_invalid', status: 401 },
        reason: 'seal',
      })
  })

  it('under another name is another cookie', async () => {
    const { auth } = world.instance({ session: { cookie: { name: '__Host-app' } } })
    const sealed = await world.sealed()
    expect(await outcome(auth, sessionCookie(sealed, '__Host-app'))).toBe(OK)
    expect(await outcome(auth, sessionCookie(sealed))).toBe('401 credential_missing')
  })

  it.each<[string, () => unknown]>([
    ['nothing', () => null],
    ['a list', () => []],
    ['text', () => 'a.b.c'],
    ['no token', () => ({ user: { id: 'user_01' } })],
    ['a token that is none', () => ({ accessToken: 'a.b.c' })],
    ['a token without a signature', () => ({ accessToken: mint({ header: { alg: 'none' } }) })],
    ['a token of a secret', () => ({ accessToken: mint() })],
    ['a token of an unknown key', () => ({ accessToken: world.accessToken({}, { kid: 'k9' }) })],
    ['a member __proto__', () => JSON.parse('{"__proto__":{"accessToken":"a.b.c"}}')],
  ])('that holds %s is refused, not an error', async (_what, content) => {
    expect(await judged(seal(content()))).toBe(INVALID)
  })

  it('that is hostile is refused, not an error', async () => {
    for (const value of ['Fe26.2*1*a*b*c**d*e~2', '%', '%E0%A4%A', 'x'.repeat(4000), 'eyJhbGciOiJub25lIn0.e30.'])
      expect(await judged(value)).toBe(INVALID)
  })
})

describe('a password that is a phrase', () => {
  const phrase = 'my super secret cookie password for workos'
  const acceptWeakSecret = { until: '2099-01-01', reason: 'inherited; to be rotated' }

  it('is refused, and admitted until a date where the app says so; every start warns', async () => {
    const sealed = await world.sealed({}, {}, phrase)
    expect(wrongOption(() => workosSession({ cookiePasswords: [phrase] }))).toBe('workosSession.cookiePasswords[0]')
    const { auth, events } = world.instance({ session: { cookiePasswords: [phrase], acceptWeakSecret }, refresh: null })
    expect(await outcome(auth, sessionCookie(sealed))).toBe(OK)
    expect(events[0]).toMatchObject({ type: 'weak_secret', verifier: 'workos', ...acceptWeakSecret })
  })

  it('opens no session from the date on, in a process that runs on; bearers are not concerned', async () => {
    const end = Date.parse(acceptWeakSecret.until)
    const own = await createSessionWorld(end)
    const dates = { iat: end / 1000 - 60, exp: end / 1000 + 300 }
    const session = { cookiePasswords: [phrase], acceptWeakSecret }
    const { auth, events } = own.instance({ session, refresh: null })
    expect(await outcome(auth, sessionCookie(await own.sealed(dates, {}, phrase)))).toBe('401 credential_invalid')
    expect(await outcome(auth, bearer(await own.accessToken(dates)))).toBe(OK)
    expect(events.map(({ type }) => type)).toContain('acceptance_ended')
    await own.close()
  })

  it('is refused for good where documentation prints it, or after the date', () => {
    const construct = (cookiePassword: string, until: string) => () =>
      workosSession({ cookiePasswords: [cookiePassword], acceptWeakSecret: { ...acceptWeakSecret, until } })
    expect(wrongOption(construct('complex_password_at_least_32_characters_long', '2099-01-01'))).toBe(
      'workosSession.cookiePasswords[0]',
    )
    expect(wrongOption(construct('short', '2099-01-01'))).toBe('workosSession.cookiePasswords[0]')
    expect(wrongOption(construct(phrase, '2020-01-01'))).toBe('workosSession.acceptWeakSecret.until')
  })
})

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['cookiePasswords', { cookiePasswords: [] }],
    ['cookiePasswords[0]', { cookiePasswords: ['short'] }],
    ['cookiePasswords[1]', { cookiePasswords: [COOKIE_PASSWORD, 'a'.repeat(40)] }],
    ['cookiePasswords[0]', { cookiePasswords: ['complex_password_at_least_32_characters_long'] }],
    ['cookie.name', { cookie: { name: 'a b' } }],
    ['cookie.name', { cookie: { name: '__Host-a', domain: 'example.com' } }],
    ['cookie.secure', { cookie: { name: '__Secure-a', secure: false } }],
    ['cookie.secure', { cookie: { sameSite: 'none', secure: false } }],
    ['cookie.domain', { cookie: { domain: 'a.example; Secure' } }],
    ['cookie.path', { cookie: { path: '/; HttpOnly' } }],
    ['cookie.maxAgeSeconds', { cookie: { maxAgeSeconds: 1.5 } }],
    ['cookie.httpOnly', { cookie: { httpOnly: false } }],
    ['refresh', { refresh: {} }],
  ])('is named: %s', (path, options) => {
    const construct = () => workosSession({ cookiePasswords: [COOKIE_PASSWORD], ...options } as WorkosSessionOptions)
    expect(wrongOption(construct)).toBe(`workosSession.${path}`)
  })

  it.each<[string, object]>([
    ['apiKey', { apiKey: 'secret' }],
    ['timeoutMs', { timeoutMs: 5001 }],
    ['refreshBeforeSeconds', { refreshBeforeSeconds: -1 }],
    ['keepMs', { keepMs: 0 }],
    ['store', { store: { get: () => null } }],
    ['retries', { retries: 3 }],
  ])('of refreshing is named: %s', (path, options) => {
    expect(wrongOption(() => workosRefresh({ apiKey: 'sk_test_0123456789', ...options } as never))).toBe(
      `workosRefresh.${path}`,
    )
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tamper } from '@dualauth/testing'
import { oidc, oidcRefresh, oidcSession, type OidcSession, type OidcSessionOptions } from '../../../src/index.js'
import { createSecretList } from '../../../src/keys/secrets/secret-list.js'
import { openSeal } from '../../../src/verify/sealed-session/seal.js'
import { seconds, START } from '../../support/clock.js'
import { browser, createOidcWorld, NAME, valueOf, type OidcWorld } from '../../support/oidc-sessions.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer, cookies, request } from '../../support/requests.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD, seal } from '../../support/seals.js'
import { createSessionWorld } from '../../support/workos-sessions.js'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

const OK = '200 user-7 by idp'
const passwords = createSecretList([COOKIE_PASSWORD], { minimumBytes: 32, acceptWeakSecret: undefined }, 'p', START)
const contentOf = async (sealed: string) => {
  const opened = await openSeal(sealed, passwords, START)
  return opened.outcome === 'opened' ? (opened.content as Record<string, unknown>) : {}
}

describe('a session that was begun', () => {
  it('signs the person in, by the claims of the id token', async () => {
    const { auth, begin } = world.instance()
    const sent = await begin({ claims: { sid: 'sid-1', email: 'a@example.com', roles: ['admin'], acr: 'gold' } })
    expect(await auth.authenticate(sent)).toMatchObject({
      ok: true,
      principal: {
        id: 'user-7',
        kind: 'user',
        issuer: world.provider.issuer,
        sessionId: 'sid-1',
        email: 'a@example.com',
        roles: ['admin'],
        expiresAt: seconds(604_800),
        issuedAt: seconds(),
        claims: { acr: 'gold', auth_time: seconds(), amr: ['pwd'], aud: world.provider.client.id },
      },
      cookies: [],
    })
  })

  it('is read through the claim options of the verifier', async () => {
    const { auth, begin } = world.instance({
      oidc: { claims: { roles: 'realm_access.roles', organization: 'org' }, scope: 'limit' },
    })
    const sent = await begin({ claims: { realm_access: { roles: ['editor'] }, org: 'acme' } })
    expect(await auth.authenticate(sent)).toMatchObject({
      principal: { roles: ['editor'], organization: 'acme', scopes: ['openid', 'offline_access'] },
    })
  })

  it('goes out in one cookie that no script and no sibling can touch', async () => {
    const { session } = world.instance()
    const { claims, answer } = world.provider.signIn()
    const written = await session.begin({ verifier: 'idp', claims, answer: { ...answer } })
    expect(written.map(({ field }) => field)).toEqual([
      expect.stringMatching(
        /^__Host-session=Fe26\.2\*1\*.*~2; Path=\/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
  })

  it('lets no token out, and seals no access token', async () => {
    const { auth, session } = world.instance()
    const { claims, answer } = world.provider.signIn({ subject: 'user-7' })
    const sent = browser(await session.begin({ verifier: 'idp', claims, answer: { ...answer }, now: START }))
    const text = JSON.stringify(await auth.authenticate(sent))
    const sealed = JSON.stringify(await contentOf(valueOf(sent)))
    expect(sealed).toContain(answer.refresh_token)
    expect(text).not.toContain(answer.refresh_token)
    for (const secret of [answer.access_token, answer.id_token as string, String(claims['nonce'])])
      expect(sealed + text).not.toContain(secret)
  })

  it('keeps no refresh token where nothing would use it', async () => {
    const { begin } = world.instance({ refresh: null })
    expect(await contentOf(valueOf(await begin()))).not.toHaveProperty('refreshToken')
  })

  it('without sid is a session all the same, by an id of its own', async () => {
    const { auth, whole, begin } = world.instance()
    const sent = await begin({ claims: { sid: undefined } })
    const result = await auth.authenticate(sent)
    const sessionId = result.ok ? result.principal.sessionId : null
    expect(sessionId).toMatch(/^[\w-]{36}$/)
    await whole.revoke({ session: sessionId as string, verifier: 'idp' })
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
  })

  it.each([
    ['its sid', { session: 'sid-1', verifier: 'idp' }],
    ['the principal', { principal: 'user-7' }],
  ] as const)('ends at once when the app revokes %s', async (_what, what) => {
    const { auth, whole, begin } = world.instance()
    const sent = await begin({ claims: { sid: 'sid-1' } })
    expect(await outcome(auth, sent)).toBe(OK)
    await whole.revoke(what)
    expect(await outcome(auth, sent)).toBe('401 credential_revoked')
  })

  it('stays revoked through a refresh, which is no new sign-in', async () => {
    const { auth, whole, begin } = world.instance()
    const sent = await begin()
    world.clock.advance(290_000)
    await whole.revoke({ principal: 'user-7' })
    world.clock.advance(20_000)
    const result = await auth.authenticate(sent)
    expect(result).toMatchObject({ ok: false, error: { code: 'credential_revoked' } })
    expect(await outcome(auth, browser(result.cookies, sent))).toBe('401 credential_revoked')
  })

  it('needs a same-origin proof for unsafe methods', async () => {
    const { auth, begin } = world.instance()
    const sent = await begin()
    expect(await outcome(auth, { ...sent, method: 'POST' })).toBe('403 origin_untrusted')
    const same = { ...(sent.headers as Record<string, string>), 'sec-fetch-site': 'same-origin' }
    expect(await outcome(auth, request(same, 'POST'))).toBe(OK)
  })

  it('leaves bearers to the verifier as they were', async () => {
    const { auth } = world.instance()
    expect(await outcome(auth, bearer(world.provider.accessToken({ sub: 'user-9' })))).toBe('200 user-9 by idp')
    expect(await outcome(auth, bearer(world.provider.idToken({ sub: 'user-9' })))).toBe('401 credential_unsupported')
  })

  it('keeps what it was asked to keep, and what a session needs', async () => {
    const { auth, begin } = world.instance({ session: { keepClaims: ['roles'] } })
    const result = await auth.authenticate(await begin({ claims: { roles: ['admin'], picture: 'x'.repeat(500) } }))
    expect(result).toMatchObject({ principal: { roles: ['admin'], claims: { amr: ['pwd'] } } })
    expect(result.ok && result.principal.claims).not.toHaveProperty('picture')
  })
})

describe('the end of a session', () => {
  it('without a refresh token is its own, absolute one', async () => {
    const { auth, begin } = world.instance({ session: { maxAgeSeconds: 3600 } })
    const sent = await begin({ offline: false })
    world.clock.advance(3_599_000)
    expect(await outcome(auth, sent)).toBe(OK)
    world.clock.advance(1_000)
    expect(await outcome(auth, sent)).toBe('401 credential_expired')
    expect(world.provider.token.calls).toBe(0)
  })

  it('is not moved by refreshes, and nobody is asked after it', async () => {
    const { auth, begin } = world.instance({ session: { maxAgeSeconds: 400 } })
    const first = await begin()
    world.clock.advance(301_000)
    const result = await auth.authenticate(first)
    expect(result).toMatchObject({ ok: true, principal: { expiresAt: seconds(400) } })
    world.clock.advance(99_000)
    expect(await outcome(auth, browser(result.cookies, first))).toBe('401 credential_expired')
    expect(world.provider.token.calls).toBe(1)
  })

  it('comes earlier for one that nobody uses', async () => {
    const { auth, begin } = world.instance({ session: { idleSeconds: 600 } })
    const sent = await begin({ offline: false })
    world.clock.advance(600_000)
    expect(await outcome(auth, sent)).toBe('401 credential_expired')
  })

  it.each([
    ['with a refresh token', true],
    ['without one', false],
  ])('does not come for one that is used: %s', async (_what, offline) => {
    const { auth, begin } = world.instance({ session: { idleSeconds: 600 } })
    let sent = await begin({ offline })
    for (let times = 0; times < 10; times++) {
      world.clock.advance(310_000)
      const result = await auth.authenticate(sent)
      expect(result.ok).toBe(true)
      sent = browser(result.cookies, sent)
    }
    world.clock.advance(601_000)
    expect(await outcome(auth, sent)).toBe('401 credential_expired')
  })

  it('by being idle does not come of an outage', async () => {
    const { auth, begin } = world.instance({ session: { idleSeconds: 600 } })
    let sent = await begin()
    world.provider.token.mode = 'status-500'
    for (let times = 0; times < 4; times++) {
      world.clock.advance(310_000)
      const result = await auth.authenticate(sent)
      expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
      sent = browser(result.cookies, sent)
    }
    world.provider.token.mode = 'ok'
    world.clock.advance(310_000)
    expect(await outcome(auth, sent)).toBe(OK)
  })

  it('is not undone by a slid cookie that is still on its way', async () => {
    const { auth, whole, begin } = world.instance({ session: { idleSeconds: 600 } })
    const sent = await begin({ offline: false })
    world.clock.advance(310_000)
    const slow = await auth.authenticate(sent)
    expect(slow.cookies[0]?.isEnded?.()).toBe(false)
    await whole.endSession(sent)
    expect(slow.cookies[0]?.isEnded?.()).toBe(true)
  })

  it('in memory is no later than the session’s', async () => {
    const { auth, begin } = world.instance({ refresh: null, session: { maxAgeSeconds: 60 } })
    const sent = await begin()
    expect(await outcome(auth, sent)).toBe(OK)
    world.clock.advance(60_000)
    expect(await outcome(auth, sent)).toBe('401 credential_expired')
  })
})

describe('a seal that is no session of this verifier', () => {
  const refused = async (sealed: string) => outcome(world.instance().auth, cookies([NAME, sealed]))

  it('of a session of WorkOS is refused, and theirs is not taken for one of ours', async () => {
    const other = await createSessionWorld()
    expect(await refused(await other.sealed())).toBe('401 credential_invalid')
    const ours = valueOf(await world.instance().begin())
    expect(await outcome(other.instance().auth, cookies(['wos-session', ours]))).toBe('401 credential_invalid')
    await other.close()
  })

  it('of another verifier or issuer is refused', async () => {
    const { session } = world.instance()
    const { claims, answer } = world.provider.signIn()
    const begin = async (verifier: string, also: object) =>
      valueOf(
        browser(await session.begin({ verifier, claims: { ...claims, ...also }, answer: { ...answer }, now: START })),
      )
    expect(await refused(await begin('other', {}))).toBe('401 credential_invalid')
    expect(await refused(await begin('idp', { iss: 'https://id.example' }))).toBe('401 credential_invalid')
  })

  it.each([
    ['of a sign-in state', (session: object) => ({ ...session, kind: 'dualauth-sign-in' })],
    ['of a later version', (session: object) => ({ ...session, version: 2 })],
    ['without an end', (session: object) => ({ ...session, endsAt: undefined })],
    ['whose end is no number', (session: object) => ({ ...session, endsAt: 'never' })],
    ['whose claims are a list', (session: object) => ({ ...session, claims: [] })],
    ['that holds a list', () => []],
    ['that holds nothing', () => null],
  ])('%s is refused', async (_what, change) => {
    const sealed = valueOf(await world.instance().begin())
    expect(await refused(await seal(change(await contentOf(sealed))))).toBe('401 credential_invalid')
  })

  it.each([
    ['forged', (sealed: string) => tamper(sealed)],
    ['cut', (sealed: string) => sealed.slice(0, -10)],
    ['junk', () => 'Fe26.2*1*0'],
    ['of another password', async (sealed: string) => seal(await contentOf(sealed), OLD_COOKIE_PASSWORD)],
  ])('%s is refused', async (_what, change) => {
    expect(await refused(await change(valueOf(await world.instance().begin())))).toBe('401 credential_invalid')
  })

  it('tossed beside a real one by a sibling decides nothing for it', async () => {
    const { auth, begin } = world.instance()
    const [mine, theirs] = [await begin(), await begin({ subject: 'attacker' })]
    const both = cookies([NAME, valueOf(theirs)], [NAME, valueOf(mine)])
    expect(await outcome(auth, both)).toBe('401 identity_conflict')
    expect(await outcome(auth, cookies([NAME, 'junk'], [NAME, valueOf(mine)]))).toBe(OK)
  })
})

describe('cookie passwords', () => {
  it('rotate without signing anybody out', async () => {
    const old = world.instance({ session: { cookiePasswords: [OLD_COOKIE_PASSWORD] } })
    const both = world.instance({ session: { cookiePasswords: [COOKIE_PASSWORD, OLD_COOKIE_PASSWORD] } })
    const sent = await old.begin()
    expect(await both.auth.authenticate(sent)).toMatchObject({ ok: true, principal: { secretIndex: 1 } })
    world.clock.advance(301_000)
    const renewed = browser((await both.auth.authenticate(sent)).cookies, sent)
    expect(await world.instance().auth.authenticate(renewed)).toMatchObject({ ok: true, principal: { secretIndex: 0 } })
  })
})

describe('a session too large for one cookie', () => {
  const LARGE = { groups: Array.from({ length: 100 }, (_, at) => `tenant_${at}_administrators`) }

  it('is begun in chunks, and chunks of the one before are cleared', async () => {
    const { auth, session, begin } = world.instance()
    const large = await begin({ claims: LARGE })
    expect(valueOf(large)).toBe('')
    expect(valueOf(large, `${NAME}.0`)).not.toBe('')
    expect(await outcome(auth, large)).toBe(OK)
    const { claims, answer } = world.provider.signIn({ subject: 'user-7' })
    const small = await session.begin({ verifier: 'idp', claims, answer: { ...answer }, now: START, request: large })
    expect(String((browser(small, large).headers as Record<string, string>)['cookie'])).not.toContain(`${NAME}.`)
    expect(await outcome(auth, browser(small, large))).toBe(OK)
  })

  it('for the instance is refused when it begins, not at every request after', async () => {
    const { begin } = world.instance()
    await expect(begin({ claims: { huge: 'x'.repeat(9_000) } })).rejects.toMatchObject({ code: 'credential_too_large' })
    const { begin: whole } = world.instance({ session: { cookie: { chunks: false } } })
    await expect(whole({ claims: LARGE })).rejects.toMatchObject({ code: 'credential_too_large' })
  })
})

describe('clear', () => {
  it('clears the cookie and each chunk that came, with the attributes of the session', async () => {
    const cookie = { name: 'app', path: '/app', domain: 'example.com' } as const
    const { session } = world.instance({ session: { cookie } })
    const sent = cookies(['app.0', 'a'], ['app.1', 'b'], ['app.7', 'c'], ['app.x', 'd'], ['other', 'e'])
    expect(session.clear(sent).map(({ field }) => field)).toEqual(
      ['app', 'app.0', 'app.1', 'app.7'].map(
        (name) => `${name}=; Path=/app; Domain=example.com; Max-Age=0; HttpOnly; Secure; SameSite=Lax`,
      ),
    )
  })

  it('leaves nothing of a session in chunks', async () => {
    const { auth, session, begin } = world.instance()
    const sent = await begin({ claims: { large: 'x'.repeat(4_000) } })
    const after = browser(session.clear(sent), sent)
    expect(after.headers).toEqual({ cookie: '' })
    expect(await outcome(auth, after)).toBe('401 credential_missing')
  })
})

describe('begin', () => {
  const sign = (session: OidcSession, more: object) =>
    session.begin({ verifier: 'idp', claims: { iss: 'i', sub: 's' }, ...more })

  it.each([
    ['no issuer', { claims: { sub: 's' } }],
    ['no subject', { claims: { iss: 'i' } }],
    ['a refresh token that no seal would give back', { answer: { refresh_token: 'x'.repeat(5_000) } }],
  ])('cannot begin a session of %s, and it is nobody’s fault here', async (_what, more) => {
    await expect(sign(world.instance().session, more)).rejects.toMatchObject({
      code: 'verifier_unavailable',
      status: 503,
    })
  })

  it.each([
    ['claims', { claims: 'none' }],
    ['verifier', { verifier: '' }],
    ['answer', { answer: 7 }],
    ['request', { request: 'GET' }],
  ])('names the option that is wrong: %s', async (name, more) => {
    await expect(sign(world.instance().session, more)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(`oidcSession.begin.${name}`) as string,
    })
  })
})

describe('options', () => {
  const given = (more: object) => () =>
    oidcSession({ cookiePasswords: [COOKIE_PASSWORD], ...more } as OidcSessionOptions)
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['oidcSession.cookiePasswords[0]', given({ cookiePasswords: ['short'] })],
    ['oidcSession.cookiePasswords', given({ cookiePasswords: [] })],
    ['oidcSession.maxAgeSeconds', given({ maxAgeSeconds: 0 })],
    ['oidcSession.idleSeconds', given({ idleSeconds: 120, maxAgeSeconds: 60 })],
    ['oidcSession.keepClaims', given({ keepClaims: [] })],
    ['oidcSession.refresh', given({ refresh: {} })],
    ['oidcSession.cookie.name', given({ cookie: { domain: 'example.com' } })],
    ['oidcSession.cookie.secure', given({ cookie: { secure: false } })],
    ['oidcSession.cookie.maxAgeSeconds', given({ cookie: { maxAgeSeconds: 60 } })],
    ['oidcRefresh.client', () => oidcRefresh({ client: { id: 'a' } as never })],
    [
      'oidcRefresh.tokenEndpoint',
      () => oidcRefresh({ client: { id: 'a', method: 'none' }, tokenEndpoint: 'http://id.example' }),
    ],
    ['oidcRefresh.keepMs', () => oidcRefresh({ client: { id: 'a', method: 'none' }, keepMs: 1 })],
  ]
  it.each(wrong)('%s is named when it is wrong', (path, construct) => {
    expect(wrongOption(construct)).toBe(path)
  })

  it('of the verifier must name one issuer, and the cookie only once', () => {
    const session = given({})() as OidcSession
    const common = { name: 'idp', audience: 'a', session } as const
    expect(wrongOption(() => oidc({ ...common, issuer: 'https://id.example/{tenant}/v2' }))).toBe('oidc(idp).session')
    expect(wrongOption(() => oidc({ ...common, issuers: () => null }))).toBe('oidc(idp).session')
    const carriers = [{ cookie: NAME }]
    expect(wrongOption(() => oidc({ ...common, issuer: 'https://id.example', carriers }))).toBe('oidc(idp).carriers')
    expect(wrongOption(() => oidc({ ...common, issuer: 'https://id.example', session: {} as never }))).toBe(
      'oidc(idp).session',
    )
  })
})

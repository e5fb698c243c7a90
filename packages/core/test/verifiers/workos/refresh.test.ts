import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwritten } from '../../../src/http/set-cookie.js'
import { seconds } from '../../support/clock.js'
import { outcome } from '../../support/outcome.js'
import { cookies } from '../../support/requests.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD } from '../../support/seals.js'
import { createSessionWorld, OVER, sessionCookie, written, type SessionWorld } from '../../support/workos-sessions.js'

let world: SessionWorld
beforeEach(async () => {
  world = await createSessionWorld()
})
afterEach(() => world.close())

const OK = '200 user_01 by workos'
const ABOUT_TO_END = { iat: seconds(-290), exp: seconds(10) }
type Mode = SessionWorld['server']['refresh']['mode']
const TRANSIENT: readonly (readonly [string, Mode])[] = [
  ['500', { status: 500 }],
  ['429 with Retry-After', { status: 429, body: { error: 'rate_limit_exceeded' }, headers: { 'retry-after': '7' } }],
  ['408', { status: 408 }],
  ['redirect', { status: 302 }],
  ['hang', 'hang'],
  ['reset', 'reset'],
  ['gateway page', { status: 403, body: 'no object' }],
  ['wrong management key', { status: 401, body: { error: 'invalid_client' } }],
  ['unauthorized client', { status: 400, body: { error: 'unauthorized_client' } }],
  ['answer without tokens', { status: 200, body: { user: {} } }],
]
const TERMINAL: readonly (readonly [string, Mode])[] = [
  ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }],
  ['sso_required', { status: 403, body: { error: 'sso_required' } }],
  ['mfa_enrollment', { status: 403, body: { code: 'mfa_enrollment', message: 'Enroll.' } }],
]

describe('a session whose token is over', () => {
  it('is refreshed on the way, and the new cookie goes out', async () => {
    const { auth, events } = world.instance()
    const result = await auth.authenticate(sessionCookie(await world.sealed({ ...OVER, org_id: 'org_1' })))
    expect(result).toMatchObject({ ok: true, principal: { id: 'user_01', expiresAt: seconds(300), secretIndex: 0 } })
    // The session of WorkOS has none: only the request can have named it.
    expect(result).toMatchObject({ principal: { organization: 'org_1' } })
    expect(world.server.refresh.calls).toBe(1)
    const [cookie] = result.cookies
    expect(cookie?.field).toMatch(
      /^wos-session=Fe26\.2\*1\*.*~2; Path=\/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(await outcome(auth, sessionCookie(written(result) ?? ''))).toBe(OK)
    expect(world.server.refresh.calls).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ type: 'session_refreshed', outcome: 'renewed' }))
  })

  it('is written with the attributes of the options', async () => {
    const cookie = { name: 'app', domain: 'example.com', path: '/app', sameSite: 'strict', maxAgeSeconds: 60 } as const
    const { auth } = world.instance({ session: { cookie } })
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER), 'app'))
    expect(result.cookies[0]?.field).toMatch(
      /~2; Path=\/app; Domain=example.com; Max-Age=60; HttpOnly; Secure; SameSite=Strict$/,
    )
  })

  it('is sealed by the newest password', async () => {
    const both = world.instance({ session: { cookiePasswords: [COOKIE_PASSWORD, OLD_COOKIE_PASSWORD] } })
    const result = await both.auth.authenticate(sessionCookie(await world.sealed(OVER, {}, OLD_COOKIE_PASSWORD)))
    expect(result).toMatchObject({ ok: true, principal: { secretIndex: 1 } })
    const { auth } = world.instance()
    expect(await outcome(auth, sessionCookie(written(result) ?? ''))).toBe(OK)
  })

  it('is refreshed although the key that signed its token is gone', async () => {
    const sealed = await world.sealed(OVER, { accessToken: world.accessToken(OVER, { kid: 'k0' }) })
    expect(await outcome(world.instance().auth, sessionCookie(sealed))).toBe(OK)
  })

  it('of another environment is refused without a call', async () => {
    const sealed = await world.sealed({ ...OVER, iss: 'https://api.workos.com' })
    expect(await outcome(world.instance().auth, sessionCookie(sealed))).toBe('401 credential_invalid')
    expect(world.server.refresh.calls).toBe(0)
  })

  it('is never answered with the token of another user', async () => {
    world.nextClaims = { sub: 'user_02' }
    const result = await world.instance().auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' }, cookies: [] })
  })

  it('keeps its new cookie although the new token cannot be judged now', async () => {
    const { auth } = world.instance({ workos: { isRevoked: () => Promise.reject(new Error('down')) } })
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(result).toMatchObject({ ok: false, error: { status: 503 } })
    expect(written(result)).toMatch(/^Fe26/)
  })

  it('keeps its new cookie although a clock is wrong', async () => {
    world.nextClaims = { iat: seconds(60) }
    const result = await world.instance().auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(result).toMatchObject({ ok: false, error: { status: 503 } })
    expect(written(result)).toMatch(/^Fe26/)
  })

  it('is not refreshed where no cookie can be written', async () => {
    const { whole } = world.instance()
    for (const fresh of [false, true])
      expect(await whole.authenticate(sessionCookie(await world.sealed(OVER)), { fresh })).toMatchObject({
        error: { code: 'credential_expired' },
      })
    expect(await outcome(whole, sessionCookie(await world.sealed(ABOUT_TO_END)))).toBe(OK)
    expect(world.server.refresh.calls).toBe(0)
  })

  it('without a refresh token is over', async () => {
    const sealed = await world.sealed(OVER, { refreshToken: undefined })
    expect(await outcome(world.instance().auth, sessionCookie(sealed))).toBe('401 credential_expired')
    expect(world.server.refresh.calls).toBe(0)
  })

  it.each(TRANSIENT)('cannot be judged during an outage, and nobody is logged out: %s', async (_what, trouble) => {
    world.server.refresh.mode = trouble
    const { auth, events } = world.instance({ refresh: { timeoutMs: 1_000 } })
    const sealed = await world.sealed(OVER)
    const result = await auth.authenticate(sessionCookie(sealed))
    const retryAfterSeconds = typeof trouble === 'object' && trouble.headers !== undefined ? 7 : 5
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', retryAfterSeconds }, cookies: [] })
    expect(events).toContainEqual(expect.objectContaining({ type: 'session_refreshed', outcome: 'unavailable' }))
    world.server.refresh.mode = 'ok'
    expect(await outcome(auth, sessionCookie(sealed))).toBe(OK)
  })

  it.each(TERMINAL)('has ended when WorkOS says so: %s', async (_what, trouble) => {
    world.server.refresh.mode = trouble
    const { auth } = world.instance()
    const request = sessionCookie(await world.sealed(OVER))
    expect(await outcome(auth, request)).toBe('401 credential_revoked')
    expect(await outcome(auth, request)).toBe('401 credential_revoked')
    expect(world.server.refresh.calls).toBe(1)
  })
})

describe('a session whose token is about to end', () => {
  it('is refreshed ahead', async () => {
    const result = await world.instance().auth.authenticate(sessionCookie(await world.sealed(ABOUT_TO_END)))
    expect(result).toMatchObject({ ok: true, principal: { expiresAt: seconds(300) } })
  })

  it('is left alone before that, and for tokens that live shorter than the lead', async () => {
    const { auth } = world.instance({ refresh: { refreshBeforeSeconds: 60 } })
    expect(await outcome(auth, sessionCookie(await world.sealed({ exp: seconds(61) })))).toBe(OK)
    expect(await outcome(auth, sessionCookie(await world.sealed({ iat: seconds(-5), exp: seconds(25) })))).toBe(OK)
    expect(world.server.refresh.calls).toBe(0)
  })

  it.each([...TRANSIENT, ...TERMINAL])('goes on while the token is valid: %s', async (_what, trouble) => {
    world.server.refresh.mode = trouble
    const { auth } = world.instance({ refresh: { timeoutMs: 1_000 } })
    const result = await auth.authenticate(sessionCookie(await world.sealed(ABOUT_TO_END)))
    expect(result).toMatchObject({ ok: true, principal: { expiresAt: seconds(10) }, cookies: [] })
  })

  it('whose token is forged is refused without a call', async () => {
    const sealed = await world.sealed(ABOUT_TO_END, {
      accessToken: world.accessToken(ABOUT_TO_END, { kid: 'x' }),
    })
    expect(await outcome(world.instance().auth, sessionCookie(sealed))).toBe('401 credential_invalid')
    expect(world.server.refresh.calls).toBe(0)
  })
})

describe('a guard that asks for a fresh session', () => {
  const fresh = { fresh: true }

  it('gets one that WorkOS has just confirmed', async () => {
    const { auth } = world.instance()
    const request = sessionCookie(await world.sealed())
    expect(await auth.authenticate(request, fresh)).toMatchObject({ ok: true, principal: { expiresAt: seconds(300) } })
    // A second time with the old cookie: the answer kept from before is not fresh.
    expect(await auth.authenticate(request, fresh)).toMatchObject({ ok: true })
    expect(world.server.refresh.calls).toBe(2)
  })

  it('gets it by two steps at most, however often somebody asks with the old cookie', async () => {
    let steps = 0
    const values = new Map<string, string>()
    const store = {
      add: (key: string, value: string) => (steps++, !values.has(key) && (values.set(key, value), true)),
      get: (key: string) => values.get(key) ?? null,
      set: (key: string, value: string) => void values.set(key, value),
      delete: (key: string) => void values.delete(key),
    }
    const { auth } = world.instance({ refresh: { store } })
    const request = sessionCookie(await world.sealed())
    for (let asked = 1; asked <= 6; asked++) {
      steps = 0
      expect(await auth.authenticate(request, fresh)).toMatchObject({ ok: true })
      expect(world.server.refresh.calls).toBe(asked)
      expect(steps).toBe(asked === 1 ? 1 : 2)
    }
  })

  it('is not content with a token that is still valid', async () => {
    const { auth } = world.instance()
    world.server.refresh.mode = { status: 503 }
    const request = sessionCookie(await world.sealed())
    expect(await auth.authenticate(request, fresh)).toMatchObject({ error: { code: 'verifier_unavailable' } })
    world.server.refresh.mode = { status: 400, body: { error: 'invalid_grant' } }
    expect(await auth.authenticate(request, fresh)).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})

describe('WorkOS being down', () => {
  it('is not waited for by every request', async () => {
    world.server.refresh.mode = { status: 500 }
    const { auth } = world.instance()
    for (let i = 0; i < 8; i++) await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(world.server.refresh.calls).toBe(5)
    world.server.refresh.mode = 'ok'
    const sealed = await world.sealed(OVER)
    expect(await auth.authenticate(sessionCookie(sealed))).toMatchObject({ error: { retryAfterSeconds: 10 } })
    world.clock.advance(10_000)
    expect(await outcome(auth, sessionCookie(sealed))).toBe(OK)
  })
})

describe('a session that is too large for a cookie', () => {
  const LARGE = { impersonator: { reason: 'x'.repeat(4000) } }

  it('is not written in silence', async () => {
    world.server.refresh.fields = LARGE
    const { auth, events } = world.instance()
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(result).toMatchObject({ ok: true, cookies: [] })
    expect(events).toContainEqual(expect.objectContaining({ type: 'cookie_too_large', verifier: 'workos' }))
  })

  it('is written in chunks that are read again', async () => {
    world.server.refresh.fields = LARGE
    const { auth } = world.instance({ session: { cookie: { chunks: true } } })
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    const fields = result.cookies.map(({ field }) => field)
    for (const field of fields) expect(field.length).toBeLessThanOrEqual(4096)
    const [first, second] = [written(result, 'wos-session.0') ?? '', written(result, 'wos-session.1') ?? '']
    expect(fields.slice(2)).toEqual([
      expect.stringMatching(/^wos-session\.2=; .*Max-Age=0/),
      expect.stringMatching(/^wos-session=; .*Max-Age=0/),
    ])
    expect(await outcome(auth, cookies(['wos-session.0', first], ['wos-session.1', second]))).toBe(OK)
    world.server.refresh.fields = {}
    world.clock.advance(600_000)
    const small = await auth.authenticate(cookies(['wos-session.0', first], ['wos-session.1', second]))
    expect(small.cookies.map(({ field }) => field)).toEqual([
      expect.stringMatching(/^wos-session=Fe26/),
      expect.stringMatching(/^wos-session\.0=; .*Max-Age=0/),
    ])
  })

  it('is dropped whole when the handler clears its first chunk', async () => {
    world.server.refresh.fields = LARGE
    const { auth } = world.instance({ session: { cookie: { chunks: true } } })
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(unwritten(result.cookies, ['wos-session.0=; Max-Age=0'])).toEqual([])
  })
})

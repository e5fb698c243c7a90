import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwritten } from '../../../src/http/set-cookie.js'
import { seconds } from '../../support/clock.js'
import { outcome } from '../../support/outcome.js'
import { bearer, cookies } from '../../support/requests.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD } from '../../support/seals.js'
import {
  createSessionWorld,
  OVER,
  sessionCookie,
  startWorkos,
  written,
  type SessionWorld,
} from '../../support/workos-sessions.js'

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

  it('is never let in without the organization that its tokens name unreadably', async () => {
    const { auth } = world.instance()
    world.nextClaims = { org_id: ['org_1'] }
    const over = sessionCookie(await world.sealed({ ...OVER, org_id: ['org_1'] }))
    expect(await outcome(auth, over)).toBe('503 verifier_unavailable')
    const current = sessionCookie(await world.sealed({ org_id: ['org_1'] }))
    expect(await outcome(auth, current)).toBe('401 credential_invalid')
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

describe('an answer of WorkOS that cannot be judged', () => {
  const TWENTY_SECONDS_LEFT = { iat: seconds(-280), exp: seconds(20) }
  const answers: readonly (readonly [string, () => unknown])[] = [
    ['no JWT', () => (world.server.refresh.fields = { access_token: 'opaque' })],
    ['over already', () => (world.nextClaims = { iat: seconds(-600), exp: seconds(-300) })],
    ['not yet valid', () => (world.nextClaims = { iat: seconds(60) })],
    ['of another environment', () => (world.nextClaims = { iss: 'https://api.workos.com' })],
    ['of an organization that cannot be read', () => (world.nextClaims = { org_id: { id: 'org_1' } })],
    ['without a session', () => (world.nextClaims = { sid: 'consent_01' })],
    [
      "with a stranger's signature",
      async () => {
        const stranger = await startWorkos(world.clock)
        const kid = world.server.keySet.signingKey.publicJwk.kid
        world.server.refresh.fields = { access_token: stranger.keySet.sign(standard(), { kid }) }
        await stranger.close()
      },
    ],
    [
      'of an unknown key',
      () => {
        world.server.refresh.fields = { access_token: world.accessToken({}, { kid: 'unknown' }) }
      },
    ],
  ]
  const standard = () => ({
    iss: world.server.issuer,
    sub: 'user_01',
    sid: 'session_01',
    iat: seconds(0),
    exp: seconds(300),
  })
  const recover = () => {
    world.server.refresh.fields = {}
    world.nextClaims = {}
  }

  it.each(answers)('leaves the presented token good, and loses no refresh token: %s', async (_what, answer) => {
    const { auth } = world.instance()
    await answer()
    const request = sessionCookie(await world.sealed(TWENTY_SECONDS_LEFT))
    const result = await auth.authenticate(request)
    expect(result).toMatchObject({ ok: true, principal: { expiresAt: seconds(20), issuedAt: seconds(-280) } })
    expect(await outcome(auth, request)).toBe(OK)
    expect(world.server.refresh.calls).toBe(1)
    // What goes out in a cookie is read again, and its refresh token is the next one.
    recover()
    const next = sessionCookie(written(result) ?? '')
    world.clock.advance(31_000)
    await auth.authenticate(next)
    expect(world.server.refresh.calls).toBe(2)
  })

  it('for the moment, while the key set is down, leaves it good, and is used once it can be judged', async () => {
    const { auth, events } = world.instance()
    expect(await outcome(auth, bearer(world.accessToken()))).toBe(OK)
    const request = sessionCookie(await world.sealed(TWENTY_SECONDS_LEFT))
    world.server.keySet.mode = 'status-500'
    world.server.keySet.rotate()
    const result = await auth.authenticate(request)
    // The key that signed the presented token is known.
    expect(result.ok ? result.principal.expiresAt : result.error.code).toBe(seconds(20))
    const next = sessionCookie(written(result) ?? '')
    expect(await outcome(auth, next)).toBe(OK)
    world.server.keySet.mode = 'ok'
    world.clock.advance(21_000)
    expect(await auth.authenticate(next)).toMatchObject({ ok: true, principal: { expiresAt: seconds(300) } })
    expect(world.server.refresh.calls).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ type: 'session_refreshed', outcome: 'renewed' }))
  })

  it.each(answers)(
    'is 503 once the presented token is over, and the next request tries again: %s',
    async (_what, answer) => {
      const { auth } = world.instance()
      answer()
      const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
      expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
      recover()
      expect(written(result)).toMatch(/^Fe26/)
      world.clock.advance(31_000)
      const again = await auth.authenticate(sessionCookie(written(result) ?? ''))
      expect(world.server.refresh.calls).toBe(2)
      expect(again.ok || again.error.code === 'verifier_unavailable').toBe(true)
    },
  )

  it('is not content for a guard that asks for a fresh one', async () => {
    world.server.refresh.fields = { access_token: 'opaque' }
    const request = sessionCookie(await world.sealed(TWENTY_SECONDS_LEFT))
    const result = await world.instance().auth.authenticate(request, { fresh: true })
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
  })

  it('because it is of another user leaves the presented token good, and writes nothing', async () => {
    world.nextClaims = { sub: 'user_02' }
    const result = await world.instance().auth.authenticate(sessionCookie(await world.sealed(TWENTY_SECONDS_LEFT)))
    expect(result).toMatchObject({ ok: true, principal: { id: 'user_01', expiresAt: seconds(20) } })
    expect(result.cookies).toEqual([])
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
  const HUGE = { impersonator: { reason: 'x'.repeat(8000) } }
  const CHUNKS_OFF = { session: { cookie: { chunks: false } } }

  it('is written in chunks that are read again', async () => {
    world.server.refresh.fields = LARGE
    const { auth, events } = world.instance()
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    const fields = result.cookies.map(({ field }) => field)
    for (const field of fields) expect(field.length).toBeLessThanOrEqual(4096)
    const [first, second] = [written(result, 'wos-session.0') ?? '', written(result, 'wos-session.1') ?? '']
    expect(fields.slice(2)).toEqual([
      expect.stringMatching(/^wos-session\.2=; .*Max-Age=0/),
      expect.stringMatching(/^wos-session=; .*Max-Age=0/),
    ])
    const parts = cookies(['wos-session.0', first], ['wos-session.1', second])
    expect(await outcome(auth, parts)).toBe(OK)
    expect(events.some(({ type }) => type === 'cookie_too_large')).toBe(false)
    world.server.refresh.fields = {}
    world.clock.advance(600_000)
    const small = await auth.authenticate(parts)
    expect(small.cookies.map(({ field }) => field)).toEqual([
      expect.stringMatching(/^wos-session=Fe26/),
      expect.stringMatching(/^wos-session\.0=; .*Max-Age=0/),
      expect.stringMatching(/^wos-session\.1=; .*Max-Age=0/),
    ])
  })

  it('leaves others in one cookie', async () => {
    const result = await world.instance().auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(result.cookies.map(({ field }) => field)).toEqual([expect.stringMatching(/^wos-session=Fe26/)])
  })

  it('is ended whole when the handler clears its first chunk', async () => {
    world.server.refresh.fields = LARGE
    const { auth } = world.instance()
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(unwritten(result.cookies, ['wos-session.0=; Max-Age=0'])).toEqual([])
  })

  it.each([
    ['in one cookie, where chunks are not wanted', LARGE, CHUNKS_OFF],
    ['for the limit of credentials', HUGE, {}],
  ] as const)('%s, goes on with its new refresh token, and an event says so', async (_what, fields, options) => {
    world.server.refresh.fields = fields
    const { auth, events } = world.instance(options)
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(result).toMatchObject({ ok: true, principal: { expiresAt: seconds(300) } })
    const large = events.filter(({ type }) => type === 'cookie_too_large')
    expect(large).toEqual([expect.objectContaining({ verifier: 'workos', bytes: expect.any(Number) as number })])
    const bytes = (large[0] as { bytes: number }).bytes
    expect(bytes).toBeGreaterThan(fields === HUGE ? 8192 : 4096)
    // What goes out is no larger than what came in, is read again, and costs no second call for a while.
    const carried = sessionCookie(written(result) ?? '')
    expect(result.cookies).toHaveLength(1)
    expect(result.cookies[0]?.field.length).toBeLessThanOrEqual(4096)
    const next = await auth.authenticate(carried)
    expect(next).toMatchObject({ ok: true, principal: { expiresAt: seconds(300) }, cookies: [] })
    expect(world.server.refresh.calls).toBe(1)
    world.clock.advance(60_000)
    const later = await auth.authenticate(carried)
    expect(later).toMatchObject({ ok: true, principal: { expiresAt: seconds(360) } })
    expect(world.server.refresh.calls).toBe(2)
    expect(await outcome(auth, sessionCookie(written(later) ?? ''))).toBe(OK)
  })

  it('is measured by the limit of the instance', async () => {
    const sealed = await world.sealed(OVER)
    world.server.refresh.fields = { impersonator: { reason: 'x'.repeat(1500) } }
    const { auth, events } = world.instance({ instance: { maxCredentialBytes: sealed.length + 500 } })
    const result = await auth.authenticate(sessionCookie(sealed))
    expect(result).toMatchObject({ ok: true })
    expect(events).toContainEqual(expect.objectContaining({ type: 'cookie_too_large' }))
    expect(await outcome(auth, sessionCookie(written(result) ?? ''))).toBe(OK)
  })

  it('is ended by a logout although only its refresh token went out', async () => {
    world.server.refresh.fields = HUGE
    const { auth } = world.instance()
    const sealed = await world.sealed(OVER)
    const result = await auth.authenticate(sessionCookie(sealed))
    expect(unwritten(result.cookies, ['wos-session=; Max-Age=0'])).toEqual([])
    expect(await outcome(auth, sessionCookie(sealed))).toBe('401 credential_revoked')
  })
})

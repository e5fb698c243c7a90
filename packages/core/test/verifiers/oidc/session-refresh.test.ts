import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seconds } from '../../support/clock.js'
import { OK, over, TERMINAL, TRANSIENT } from '../../support/oidc-refreshing.js'
import { browser, createOidcWorld, valueOf, type OidcWorld } from '../../support/oidc-sessions.js'
import { outcome } from '../../support/outcome.js'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

describe('a session whose access token is over', () => {
  it('is confirmed by the provider on the way, and the new cookie goes out', async () => {
    const app = world.instance()
    const sent = await over(world, app)
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({
      ok: true,
      principal: { id: 'user-7', issuedAt: seconds(), expiresAt: seconds(604_800) },
    })
    const next = browser(result.cookies, sent)
    expect(valueOf(next)).not.toBe(valueOf(sent))
    expect(await outcome(app.auth, next)).toBe(OK)
    expect(world.provider.token.calls).toBe(1)
    expect(app.events).toContainEqual(expect.objectContaining({ type: 'session_refreshed', outcome: 'renewed' }))
  })

  it('is not confirmed for a request that another site made the browser send', async () => {
    const app = world.instance()
    const sent = await over(world, app)
    const headers = sent.headers as Readonly<Record<string, string>>
    const result = await app.auth.authenticate({
      method: 'POST',
      headers: { ...headers, origin: 'https://evil.example' },
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'credential_expired' }, cookies: [] })
    expect(world.provider.token.calls).toBe(0)
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it('is confirmed again and again, each time with the token that came last', async () => {
    const app = world.instance()
    let sent = await app.begin()
    for (let times = 1; times <= 4; times++) {
      world.clock.advance(301_000)
      const result = await app.auth.authenticate(sent)
      expect(result.ok).toBe(true)
      sent = browser(result.cookies, sent)
      expect(world.provider.token.calls).toBe(times)
    }
  })

  it('gets the roles that the provider states now, and keeps what it does not repeat', async () => {
    const app = world.instance()
    const sent = await over(world, app, { claims: { sid: 'sid-1', roles: ['admin'] } })
    world.provider.token.claims = { roles: [], sid: undefined, auth_time: undefined }
    expect(await app.auth.authenticate(sent)).toMatchObject({
      principal: { roles: [], sessionId: 'sid-1', claims: { auth_time: seconds() } },
    })
  })

  it('goes on with the claims that it had where a refresh brings no id token', async () => {
    const app = world.instance()
    const sent = await over(world, app, { claims: { roles: ['admin'] } })
    world.provider.token.claims = null
    expect(await app.auth.authenticate(sent)).toMatchObject({ ok: true, principal: { roles: ['admin'] } })
  })

  it('goes on with the refresh token that it had where the provider does not rotate it', async () => {
    world.provider.token.rotates = false
    world.provider.token.fields = { refresh_token: undefined }
    const app = world.instance()
    let sent = await over(world, app)
    for (const calls of [1, 2]) {
      const result = await app.auth.authenticate(sent)
      expect(result.ok).toBe(true)
      expect(world.provider.token.calls).toBe(calls)
      sent = browser(result.cookies, sent)
      world.clock.advance(301_000)
    }
  })

  it('is asked about no more often than its answers are kept, however short the tokens live', async () => {
    world.provider.token.rotates = false
    world.provider.token.expiresInSeconds = 1
    const app = world.instance()
    let sent = await app.begin()
    world.clock.advance(61_000)
    for (let times = 0; times < 60; times++) {
      const result = await app.auth.authenticate(sent)
      expect(result.ok).toBe(true)
      sent = browser(result.cookies, sent)
      world.clock.advance(1_000)
    }
    expect(world.provider.token.calls).toBeLessThanOrEqual(2)
  })

  it('is not refreshed where no cookie can be written', async () => {
    const app = world.instance()
    expect(await outcome(app.whole, await over(world, app))).toBe('401 credential_expired')
    expect(world.provider.token.calls).toBe(0)
  })

  it.each(TRANSIENT)('cannot be judged during an outage, and nobody is logged out: %s', async (_what, trouble) => {
    const app = world.instance({ refresh: { timeoutMs: 1_500 } })
    const sent = await over(world, app)
    // The metadata is known by then.
    await app.whole.ready()
    world.provider.token.mode = trouble
    const result = await app.auth.authenticate(sent)
    const retryAfterSeconds = typeof trouble === 'object' && trouble.headers !== undefined ? 7 : 5
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', retryAfterSeconds }, cookies: [] })
    world.provider.token.mode = 'ok'
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it.each(TERMINAL)('has ended when the provider says so: %s', async (_what, trouble) => {
    const app = world.instance()
    const sent = await over(world, app)
    world.provider.token.mode = trouble
    for (let times = 0; times < 2; times++) expect(await outcome(app.auth, sent)).toBe('401 credential_revoked')
    expect(world.provider.token.calls).toBe(1)
  })

  it('has ended when its session at the provider has', async () => {
    const app = world.instance()
    const sent = await over(world, app, { claims: { sid: 'sid-1' } })
    world.provider.endSession('sid-1')
    expect(await outcome(app.auth, sent)).toBe('401 credential_revoked')
  })

  it('that somebody else holds as well ends for both, as the provider sees a token twice', async () => {
    const [a, b] = [world.instance(), world.instance()]
    const sent = await over(world, a)
    const stolen = await b.auth.authenticate(sent)
    expect(stolen.ok).toBe(true)
    expect(await outcome(a.auth, sent)).toBe('401 credential_revoked')
    world.clock.advance(301_000)
    expect(await outcome(b.auth, browser(stolen.cookies, sent))).toBe('401 credential_revoked')
  })
})

describe('a session whose access token is about to end', () => {
  it.each([...TRANSIENT, ...TERMINAL])('goes on meanwhile: %s', async (_what, trouble) => {
    const app = world.instance({ refresh: { timeoutMs: 1_500 } })
    const sent = await app.begin()
    world.clock.advance(280_000)
    world.provider.token.mode = trouble
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it('is confirmed ahead, and not before', async () => {
    const app = world.instance()
    const sent = await app.begin()
    world.clock.advance(269_000)
    expect((await app.auth.authenticate(sent)).cookies).toEqual([])
    world.clock.advance(1_000)
    expect((await app.auth.authenticate(sent)).cookies).toHaveLength(1)
    expect(world.provider.token.calls).toBe(1)
  })
})

describe('a guard that asks for a fresh session', () => {
  it('gets one that the provider has just confirmed, each time', async () => {
    const app = world.instance()
    let sent = await app.begin()
    for (const calls of [1, 2]) {
      const result = await app.auth.authenticate(sent, { fresh: true })
      expect(result.ok).toBe(true)
      expect(world.provider.token.calls).toBe(calls)
      sent = browser(result.cookies, sent)
    }
    world.provider.token.mode = { status: 400, body: { error: 'invalid_grant' } }
    expect(await app.auth.authenticate(sent, { fresh: true })).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})

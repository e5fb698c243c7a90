import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, oidc, oidcRefresh, oidcSession, type AuthEvent, type AuthRequest } from '../../../src/index.js'
import { createClock } from '../../support/clock.js'
import { browser, valueOf } from '../../support/oidc-sessions.js'
import { RESOURCES, startRealOidc, type RealOidc } from '../../support/real-oidc.js'
import { COOKIE_PASSWORD } from '../../support/seals.js'

let provider: RealOidc
beforeAll(async () => {
  provider = await startRealOidc()
})
afterAll(() => provider.close())

function app() {
  const clock = createClock(Date.now())
  const events: AuthEvent[] = []
  const session = oidcSession({
    cookiePasswords: [COOKIE_PASSWORD],
    refresh: oidcRefresh({ client: { id: 'web', secret: provider.secret } }),
  })
  const auth = createDualAuth({
    verifiers: [oidc({ name: 'idp', issuer: provider.issuer, audience: RESOURCES.RS256, session })],
    now: clock.now,
    onEvent: (event) => void events.push(event),
  })
  return {
    clock,
    events,
    authenticate: (request: AuthRequest, fresh = false) => auth.authenticate(request, { refresh: true, fresh }),
    async begin() {
      const answer = await provider.signIn()
      const claims = decodeJwt(String(answer['id_token']))
      return browser(await session.begin({ verifier: 'idp', claims, answer, now: clock.now() }))
    },
  }
}
const HOUR = 3_601_000

describe('a session of a real provider', () => {
  it('is begun from its answer, and confirmed by it with a new id token', async () => {
    const { authenticate, begin } = app()
    const sent = await begin()
    expect(await authenticate(sent)).toMatchObject({
      ok: true,
      principal: { id: 'user-7', kind: 'user', issuer: provider.issuer },
      cookies: [],
    })
    provider.requests.length = 0
    const fresh = await authenticate(sent, true)
    expect(fresh).toMatchObject({ ok: true, principal: { id: 'user-7' } })
    expect(await authenticate(browser(fresh.cookies, sent))).toMatchObject({ ok: true, cookies: [] })
    // The metadata, the token endpoint, and the keys for the id token.
    expect(provider.requests).toContain('/jwks')
    expect(provider.requests.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('goes on while the provider is down, and is 503 once it must be asked', async () => {
    const { authenticate, begin, clock } = app()
    const sent = await begin()
    provider.down = 502
    expect((await authenticate(sent)).ok).toBe(true)
    clock.advance(HOUR)
    expect(await authenticate(sent)).toMatchObject({ error: { code: 'verifier_unavailable' } })
    provider.down = null
  })

  it('is refreshed once for a hundred requests, and the token that was spent ends it everywhere', async () => {
    const { authenticate, begin, clock, events } = app()
    const sent = await begin()
    provider.requests.length = 0
    const all = await Promise.all(Array.from({ length: 100 }, () => authenticate(sent, true)))
    expect(all.every(({ ok }) => ok)).toBe(true)
    expect(provider.requests.filter((path) => path === '/token')).toHaveLength(1)
    const next = browser(all[0]?.cookies ?? [], sent)
    expect(valueOf(next)).not.toBe(valueOf(sent))
    expect(events).toContainEqual(expect.objectContaining({ type: 'session_refreshed', outcome: 'renewed' }))
    // Later than answers are kept: the old cookie brings the spent token, and the provider ends the grant.
    clock.advance(31_000)
    expect(await authenticate(sent, true)).toMatchObject({ error: { code: 'credential_revoked' } })
    expect(await authenticate(next, true)).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { workosSession } from '../../../src/index.js'
import { browser } from '../../support/oidc-sessions.js'
import { outcome } from '../../support/outcome.js'
import { cookies } from '../../support/requests.js'
import { COOKIE_PASSWORD } from '../../support/seals.js'
import { createSessionWorld, type SessionWorld } from '../../support/workos-sessions.js'

let world: SessionWorld
beforeEach(async () => {
  world = await createSessionWorld()
})
afterEach(() => world.close())

const OK = '200 user_01 by workos'
const session = workosSession({ cookiePasswords: [COOKIE_PASSWORD] })
const answer = (more: object = {}) => ({
  user: { object: 'user', id: 'user_01', email: 'user_01@example.com', first_name: 'A', email_verified: true },
  access_token: world.accessToken(),
  refresh_token: world.server.signIn({ user: 'user_01' }).refreshToken,
  authentication_method: 'SSO',
  ...more,
})

describe('a session of WorkOS that is begun here', () => {
  it('signs the person in, and is refreshed like any other', async () => {
    const { auth } = world.instance()
    const sent = browser(await session.begin({ answer: answer() }))
    expect(await auth.authenticate(sent)).toMatchObject({ ok: true, principal: { email: 'user_01@example.com' } })
    world.clock.advance(600_000)
    expect(await outcome(auth, sent)).toBe(OK)
    expect(world.server.refresh.calls).toBe(1)
  })

  it('that is large goes out in chunks, and clears those that are left over', async () => {
    const { auth } = world.instance()
    const large = browser(await session.begin({ answer: answer({ impersonator: { reason: 'x'.repeat(4_000) } }) }))
    expect(await outcome(auth, large)).toBe(OK)
    const small = await session.begin({ answer: answer(), request: large })
    expect(small.map(({ field }) => field.slice(0, field.indexOf('=')))).toEqual([
      'wos-session',
      'wos-session.0',
      'wos-session.1',
    ])
    expect(await outcome(auth, browser(small, large))).toBe(OK)
  })

  it('that is too large for the instance is refused when it begins', async () => {
    const huge = answer({ impersonator: { reason: 'x'.repeat(8_000) } })
    await expect(session.begin({ answer: huge })).rejects.toMatchObject({ code: 'credential_too_large' })
    expect((await session.begin({ answer: huge, maxCredentialBytes: 15_360 })).length).toBeGreaterThan(2)
  })

  it.each([
    ['no access token', () => answer({ access_token: undefined })],
    ['an access token that is no JWT', () => answer({ access_token: 'opaque' })],
    ['no refresh token', () => answer({ refresh_token: undefined })],
    ['nothing at all', () => null as never],
  ])('of an answer with %s does not begin, and it is an outage', async (_what, bad) => {
    await expect(session.begin({ answer: bad() })).rejects.toMatchObject({ code: 'verifier_unavailable' })
  })

  it('is cleared with each chunk that came, by the attributes with which it was written', () => {
    const own = workosSession({
      cookiePasswords: [COOKIE_PASSWORD],
      cookie: { path: '/app', domain: 'example.com', sameSite: 'strict' },
    })
    const sent = cookies(['wos-session.0', 'a'], ['wos-session.9', 'b'], ['wos-session-x', 'c'])
    expect(own.clear(sent).map(({ field }) => field)).toEqual(
      ['wos-session', 'wos-session.0', 'wos-session.9'].map(
        (name) => `${name}=; Path=/app; Domain=example.com; Max-Age=0; HttpOnly; Secure; SameSite=Strict`,
      ),
    )
  })
})

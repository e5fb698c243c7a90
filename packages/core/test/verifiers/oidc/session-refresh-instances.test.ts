import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwritten } from '../../../src/http/set-cookie.js'
import { LOGGED_OUT, OK, over, sharedStore, written } from '../../support/oidc-refreshing.js'
import { createOidcWorld, type OidcWorld } from '../../support/oidc-sessions.js'
import { outcome } from '../../support/outcome.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD } from '../../support/seals.js'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

describe('many requests with one cookie', () => {
  it('at the same time are one refresh, and get the same new cookie', async () => {
    const app = world.instance()
    const sent = await over(world, app)
    const results = await Promise.all(Array.from({ length: 100 }, () => app.auth.authenticate(sent)))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(new Set(results.flatMap(written)).size).toBe(1)
    expect(world.provider.token.calls).toBe(1)
  })

  it('of two instances over one store are one refresh', async () => {
    const store = sharedStore()
    const [a, b] = [world.instance({ refresh: { store } }), world.instance({ refresh: { store } })]
    const sent = await over(world, a)
    world.provider.token.latencyMs = 20
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? a : b).auth.authenticate(sent)),
    )
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(new Set(results.flatMap(written)).size).toBe(1)
    expect(world.provider.token.calls).toBe(1)
    expect([...store.values]).toEqual([
      [expect.stringMatching(/^dualauth:oidc:[\w-]{43}$/), expect.stringMatching(/^\d+ Fe26\.2\*/)],
    ])
  })

  it('that are over are 503 while the store is down, and nothing is spent', async () => {
    const down = () => Promise.reject(new Error('ECONNREFUSED'))
    const app = world.instance({ refresh: { store: { add: down, get: down, set: down, delete: down } } })
    const sent = await over(world, app)
    const both = await Promise.all([outcome(app.auth, sent), outcome(app.auth, sent)])
    expect(both).toEqual(['503 verifier_unavailable', '503 verifier_unavailable'])
    expect(world.provider.token.calls).toBe(0)
    expect(app.events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'idp refresh store' }))
  })
})

describe('a logout during a refresh', () => {
  it('is not undone by a response that is still on its way, or by a late request', async () => {
    const app = world.instance()
    const sent = await over(world, app)
    const [logout, other] = await Promise.all([app.auth.authenticate(sent), app.auth.authenticate(sent)])
    unwritten(logout.cookies, LOGGED_OUT)
    expect(unwritten(other.cookies, [])).toEqual([])
    expect(await outcome(app.auth, sent)).toBe('401 credential_revoked')
  })

  it('by endSession holds for the other instances, too', async () => {
    const refresh = { store: sharedStore() }
    const [a, b] = [world.instance({ refresh }), world.instance({ refresh })]
    const sent = await over(world, a)
    await a.whole.endSession(sent)
    for (const { auth } of [a, b]) expect(await outcome(auth, sent)).toBe('401 credential_revoked')
    expect(world.provider.token.calls).toBe(0)
  })
})

describe('another instance', () => {
  it('that seals with a password unknown here is an outage, and no logout', async () => {
    const store = sharedStore()
    const ahead = world.instance({
      refresh: { store },
      session: { cookiePasswords: [OLD_COOKIE_PASSWORD, COOKIE_PASSWORD] },
    })
    const behind = world.instance({ refresh: { store } })
    const sent = await over(world, behind)
    expect(await outcome(ahead.auth, sent)).toBe(OK)
    expect(await outcome(behind.auth, sent)).toBe('503 verifier_unavailable')
  })
})

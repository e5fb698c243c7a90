import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwritten } from '../../../src/http/set-cookie.js'
import type { AuthRequest, RefreshStore } from '../../../src/index.js'
import { outcome } from '../../support/outcome.js'
import { createSessionWorld, OVER, sessionCookie, written, type SessionWorld } from '../../support/workos-sessions.js'

let world: SessionWorld
beforeEach(async () => {
  world = await createSessionWorld()
})
afterEach(() => world.close())

const OK = '200 user_01 by workos'
const UNAVAILABLE = '503 verifier_unavailable'
const LOGGED_OUT = ['wos-session=; Path=/; Max-Age=0']

/** What Redis does with the four commands; its own clock, so that values outlive what they say. */
function sharedStore(): RefreshStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    add: async (key, value) => !values.has(key) && (values.set(key, value), true),
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  }
}

describe('many requests with one cookie', () => {
  it('at the same time refresh once and get the same new cookie', async () => {
    const { auth } = world.instance()
    const request = sessionCookie(await world.sealed(OVER))
    const results = await Promise.all(Array.from({ length: 100 }, () => auth.authenticate(request)))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(new Set(results.map((result) => written(result))).size).toBe(1)
    expect(world.server.refresh.calls).toBe(1)
  })

  it('that come late get it too, for half a minute', async () => {
    const { auth } = world.instance()
    const request = sessionCookie(await world.sealed(OVER))
    const first = await auth.authenticate(request)
    world.clock.advance(29_000)
    const late = await auth.authenticate(request)
    expect(written(late)).toBe(written(first))
    world.clock.advance(2_000)
    expect(await outcome(auth, request)).toBe('401 credential_revoked')
    expect(world.server.refresh.calls).toBe(2)
  })

  it('of other sessions do not wait for each other', async () => {
    const { auth } = world.instance()
    const sealed = await Promise.all(['user_01', 'user_02'].map((sub) => world.sealed({ ...OVER, sub })))
    const outcomes = await Promise.all(sealed.map((each) => outcome(auth, sessionCookie(each))))
    expect(outcomes).toEqual([OK, '200 user_02 by workos'])
  })
})

describe('several instances', () => {
  it('that share a store refresh once', async () => {
    const refresh = { store: sharedStore() }
    const [a, b] = [world.instance({ refresh }), world.instance({ refresh })]
    const request = sessionCookie(await world.sealed(OVER))
    const results = await Promise.all([a, b, a, b].map(({ auth }) => auth.authenticate(request)))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(new Set(results.map((result) => written(result))).size).toBe(1)
    expect(world.server.refresh.calls).toBe(1)
  })

  it('share no token in clear', async () => {
    const store = sharedStore()
    const sealed = await world.sealed(OVER)
    await world.instance({ refresh: { store } }).auth.authenticate(sessionCookie(sealed))
    const [[key, value]] = [...store.values] as [[string, string]]
    expect(key).toMatch(/^dualauth:workos:[\w-]{43}$/)
    expect(value).toMatch(/^\d+ Fe26\.2\*/)
  })

  it('share that a session has ended', async () => {
    const refresh = { store: sharedStore() }
    world.server.refresh.mode = { status: 400, body: { error: 'invalid_grant' } }
    const request = sessionCookie(await world.sealed(OVER))
    for (let i = 0; i < 2; i++)
      expect(await outcome(world.instance({ refresh }).auth, request)).toBe('401 credential_revoked')
    expect(world.server.refresh.calls).toBe(1)
  })

  it('go on when the one that refreshed got no answer', async () => {
    const refresh = { store: sharedStore() }
    const request = sessionCookie(await world.sealed(OVER))
    world.server.refresh.mode = { status: 500 }
    expect(await outcome(world.instance({ refresh }).auth, request)).toBe('503 verifier_unavailable')
    world.server.refresh.mode = 'ok'
    expect(await outcome(world.instance({ refresh }).auth, request)).toBe(OK)
  })

  it('take over from one that died, and do not trust the store’s time to live', async () => {
    const store = sharedStore()
    const sealed = await world.sealed(OVER)
    const running = { ...store, set: () => Promise.reject(new Error('died')) }
    await world.instance({ refresh: { store: running } }).auth.authenticate(sessionCookie(sealed))
    expect([...store.values.values()]).toEqual([expect.stringMatching(/ running$/)])
    world.clock.advance(60_000)
    expect(await outcome(world.instance({ refresh: { store } }).auth, sessionCookie(sealed))).toBe(
      '401 credential_revoked',
    )
  })

  it('follow a session that another refreshed again and again, a few steps at a time', async () => {
    const refresh = { store: sharedStore() }
    const [a, b] = [world.instance({ refresh }), world.instance({ refresh })]
    const old = sessionCookie(await world.sealed(OVER))
    let next = old
    for (let times = 0; times < 6; times++)
      next = sessionCookie(written(await b.auth.authenticate(next, { fresh: true })) as string)
    const look = () => a.auth.authenticate(old, { fresh: true })
    expect(await look()).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
    expect((await look()).ok).toBe(true)
    expect(world.server.refresh.calls).toBe(7)
  })

  it('spend nothing while the store is down: what is good goes on, and what is over is 503', async () => {
    const down = () => Promise.reject(new Error('ECONNREFUSED'))
    const store = { add: down, get: down, set: down, delete: down }
    const { auth, events } = world.instance({ refresh: { store } })
    const request = sessionCookie(await world.sealed(OVER))
    const both = await Promise.all([outcome(auth, request), outcome(auth, request)])
    expect(both).toEqual([UNAVAILABLE, UNAVAILABLE])
    expect(await outcome(auth, sessionCookie(await world.sealed()))).toBe(OK)
    expect(world.server.refresh.calls).toBe(0)
    expect(events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'workos refresh store' }))
  })

  it('take a store that throws at once for one that is down', async () => {
    const down = () => {
      throw new Error('closed')
    }
    const store = { add: down, get: down, set: down, delete: down }
    expect(await outcome(world.instance({ refresh: { store } }).auth, sessionCookie(await world.sealed(OVER)))).toBe(
      UNAVAILABLE,
    )
  })

  it('give what one of them refreshed to those who come late, also when the store was away and its lease is over', async () => {
    const store = sharedStore()
    let isDown = false
    const down = <T>(command: () => T): T => {
      if (isDown) throw new Error('ECONNREFUSED')
      return command()
    }
    const flaky = {
      add: (key: string, value: string, ttlMs: number) => down(() => store.add(key, value, ttlMs)),
      get: (key: string) => down(() => store.get(key)),
      set: (key: string, value: string, ttlMs: number) => down(() => store.set(key, value, ttlMs)),
      delete: (key: string) => down(() => store.delete(key)),
    }
    const [a, b] = [world.instance({ refresh: { store: flaky } }), world.instance({ refresh: { store: flaky } })]
    const old = sessionCookie(await world.sealed(OVER))
    world.server.refresh.latencyMs = 50
    const first = a.auth.authenticate(old)
    await expect.poll(() => world.server.refresh.calls).toBe(1)
    isDown = true
    expect(await first).toMatchObject({ ok: true })
    expect([await outcome(a.auth, old), await outcome(b.auth, old)]).toEqual([OK, UNAVAILABLE])
    // As a lease that ended by its time.
    store.values.clear()
    isDown = false
    await expect.poll(() => store.values.size).toBe(1)
    expect(await outcome(b.auth, old)).toBe(OK)
    expect(world.server.refresh.calls).toBe(1)
  })
})

describe('a logout during a refresh', () => {
  it('is not undone by its own response', async () => {
    const { auth } = world.instance()
    const result = await auth.authenticate(sessionCookie(await world.sealed(OVER)))
    expect(unwritten(result.cookies, LOGGED_OUT)).toEqual([])
  })

  it('is not undone by a response that is still on its way', async () => {
    const { auth } = world.instance()
    const request = sessionCookie(await world.sealed(OVER))
    const [logout, other] = await Promise.all([auth.authenticate(request), auth.authenticate(request)])
    expect([logout.ok, other.ok]).toEqual([true, true])
    unwritten(logout.cookies, LOGGED_OUT)
    expect(unwritten(other.cookies, [])).toEqual([])
  })

  it('is not undone by a late request with the old cookie', async () => {
    const { auth } = world.instance()
    const request = sessionCookie(await world.sealed(OVER))
    unwritten((await auth.authenticate(request)).cookies, LOGGED_OUT)
    expect(await outcome(auth, request)).toBe('401 credential_revoked')
    expect(world.server.refresh.calls).toBe(1)
  })

  it('is not undone with the old cookie when the new one signs out', async () => {
    const refresh = { store: sharedStore() }
    const [a, b] = [world.instance({ refresh }), world.instance({ refresh })]
    const old = sessionCookie(await world.sealed(OVER))
    const [first, slow] = await Promise.all([a.auth.authenticate(old), a.auth.authenticate(old)])
    await a.whole.endSession(sessionCookie(written(first) as string))
    expect(unwritten(slow.cookies, [])).toEqual([])
    for (const { auth } of [a, b]) expect(await outcome(auth, old)).toBe('401 credential_revoked')
    expect(world.server.refresh.calls).toBe(1)
  })

  it('reaches back over several refreshes', async () => {
    const { auth, whole } = world.instance()
    const old = sessionCookie(await world.sealed(OVER))
    const anew = async (request: AuthRequest) =>
      sessionCookie(written(await auth.authenticate(request, { fresh: true })) as string)
    const newest = await anew(await anew(old))
    await whole.endSession(newest)
    expect(await outcome(auth, old)).toBe('401 credential_revoked')
  })

  it('is seen by the other instances', async () => {
    const refresh = { store: sharedStore() }
    const [a, b] = [world.instance({ refresh }), world.instance({ refresh })]
    const request = sessionCookie(await world.sealed(OVER))
    const result = await a.auth.authenticate(request)
    expect(await outcome(b.auth, request)).toBe(OK)
    unwritten(result.cookies, LOGGED_OUT)
    expect(await outcome(b.auth, request)).toBe('401 credential_revoked')
  })
})

describe('fresh looks at a session whose refresh token WorkOS leaves as it is', () => {
  /** The fake gives the same pair again. */
  async function unrotated(): Promise<AuthRequest> {
    const sealed = await world.sealed({}, { refreshToken: 'the-same-again' })
    world.server.refresh.mode = {
      status: 200,
      body: { access_token: world.accessToken(), refresh_token: 'the-same-again' },
    }
    return sessionCookie(sealed)
  }
  const FRESH = { fresh: true }

  it('ask WorkOS each, and never go round', async () => {
    const { auth } = world.instance()
    const request = await unrotated()
    for (const calls of [1, 2, 3]) {
      expect((await auth.authenticate(request, FRESH)).ok).toBe(true)
      expect(world.server.refresh.calls).toBe(calls)
    }
  })

  it('learn that it has ended meanwhile', async () => {
    const { auth } = world.instance()
    const request = await unrotated()
    expect((await auth.authenticate(request, FRESH)).ok).toBe(true)
    world.server.refresh.mode = 'invalid_grant'
    expect(await auth.authenticate(request, FRESH)).toMatchObject({ ok: false, error: { code: 'credential_revoked' } })
    expect(await outcome(auth, request)).toBe(OK)
  })

  it('share one answer when they come at the same time, also from other instances', async () => {
    const refresh = { store: sharedStore() }
    const auths = [world.instance({ refresh }).auth, world.instance({ refresh }).auth]
    const request = await unrotated()
    await auths[0]?.authenticate(request, FRESH)
    const results = await Promise.all([...auths, ...auths].map((auth) => auth.authenticate(request, FRESH)))
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true])
    expect(world.server.refresh.calls).toBe(2)
  })
})

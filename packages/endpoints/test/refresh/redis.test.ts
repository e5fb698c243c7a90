import { describeWith, startRedis, type RedisServer } from '@dualauth/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ioredisStore, nodeRedisStore, type RedisStore } from './redis-stores.js'
import { ask, createWorld, ORIGIN, type Instance, type Reply, type World } from './world.js'

const REVOKED = '401 credential_revoked'
const SIGN_OUT = `${ORIGIN}/auth/sign-out`

const CLIENTS = [
  { client: 'redis', connect: nodeRedisStore },
  { client: 'ioredis', connect: ioredisStore },
]

describeWith('Redis', 'refreshing at three instances that share a Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())

  describe.each(CLIENTS)('over $client', ({ connect }) => {
    let stores: RedisStore[]
    let world: World
    let instances: readonly [Instance, Instance, Instance]
    beforeEach(async () => {
      stores = await Promise.all([connect(server.url), connect(server.url), connect(server.url)])
      await store().flush()
      const free = [...stores]
      world = await createWorld({}, () => free.shift() as RedisStore)
      instances = [world.first, world.instance(), world.instance()]
    })
    afterEach(async () => {
      server.resume()
      await world.close()
      for (const one of stores) one.close()
    })
    const store = (): RedisStore => stores[0] as RedisStore
    const at = (call: number): Instance => instances[call % 3] as Instance

    it('a refresh token is replaced by each of them, and what came of it is good at all', async () => {
      let held = world.signIn()
      for (let call = 0; call < 6; call++) {
        const reply = await world.refresh(held, at(call))
        expect([reply.outcome, await world.use(reply.accessToken, at(call + 1))]).toEqual(['200', '200 ada'])
        held = reply.refreshToken
      }
      expect(world.provider.token.calls).toBe(6)
    })

    it.each([
      ['of a sign-in', async () => world.signIn()],
      ['that was refreshed before', async () => (await world.refresh(world.signIn())).refreshToken],
    ])('100 requests with one token %s ask the provider once, and get one answer', async (_name, sign) => {
      const held = await sign()
      const before = world.provider.token.calls
      world.provider.token.latencyMs = 30
      const replies = await Promise.all(Array.from({ length: 100 }, (_, call) => world.refresh(held, at(call))))
      expect(new Set(replies.map(({ outcome }) => outcome))).toEqual(new Set(['200']))
      expect(new Set(replies.map(({ refreshToken }) => refreshToken)).size).toBe(1)
      expect(world.provider.token.calls - before).toBe(1)
    })

    it('100 tabs with one session that is due refresh it once, and get one cookie', async () => {
      const cookie = await world.cookie('ada')
      world.clock.offset = 280_000
      const tab = (call: number): Promise<Reply> => ask(at(call).handle, { headers: { cookie, origin: ORIGIN } })
      const replies = await Promise.all(Array.from({ length: 100 }, (_, call) => tab(call)))
      expect(new Set(replies.map(({ outcome }) => outcome))).toEqual(new Set(['200']))
      expect(new Set(replies.flatMap(({ headers }) => headers.getSetCookie())).size).toBe(1)
      expect(world.provider.token.calls).toBe(1)
    })

    it('a token that comes again after its grace ends all that came of it, at each of them', async () => {
      const held = world.signIn()
      const first = await world.refresh(held, at(0))
      const second = await world.refresh(first.refreshToken, at(1))
      world.clock.offset = 31_000
      expect((await world.refresh(first.refreshToken, at(2))).outcome).toBe(REVOKED)
      const after = instances.map(async (one) => [
        (await world.refresh(second.refreshToken, one)).outcome,
        await world.use(second.accessToken, one),
      ])
      expect(await Promise.all(after)).toEqual([
        [REVOKED, REVOKED],
        [REVOKED, REVOKED],
        [REVOKED, REVOKED],
      ])
      expect([world.reuses.length, world.revoked.length]).toEqual([1, 1])
    })

    it('a phone that signs out at one of them is out at each', async () => {
      const { refreshToken } = await world.refresh(world.signIn(), at(0))
      const body = JSON.stringify({ refresh_token: refreshToken })
      expect((await ask(at(1).site, { body }, SIGN_OUT)).outcome).toBe('204')
      for (const one of instances) expect((await world.refresh(refreshToken, one)).outcome).toBe(REVOKED)
    })

    it('what lies in it ends some day, and holds no token in clear', async () => {
      const held = world.signIn()
      const { refreshToken, accessToken } = await world.refresh(held)
      const keys = await store().keys()
      expect(keys).toEqual([expect.stringMatching(/^dualauth:refresh:[\w-]{43}$/)])
      const [key] = keys as [string]
      const days = (await store().ttlMs(key)) / 86_400_000
      expect(days).toBeGreaterThan(29.9)
      expect(days).toBeLessThanOrEqual(30)
      const value = await store().get(key)
      for (const token of [held, refreshToken, accessToken]) expect(value).not.toContain(token)
    })

    it('one that answers nothing is 503, and the token is as good as before as soon as it answers', async () => {
      const { refreshToken } = await world.refresh(world.signIn())
      server.pause()
      const replies = await Promise.all(instances.map((one) => world.refresh(refreshToken, one)))
      expect(replies.map(({ outcome }) => outcome)).toEqual(Array(3).fill('503 store_unavailable'))
      expect(world.provider.token.calls).toBe(1)
      server.resume()
      const startedAt = performance.now()
      const next = await Promise.all(instances.map((one) => world.refresh(refreshToken, one)))
      expect(next.map(({ outcome }) => outcome)).toEqual(['200', '200', '200'])
      expect(new Set(next.map((reply) => reply.refreshToken)).size).toBe(1)
      // Not after the lease of those that gave up.
      expect(performance.now() - startedAt).toBeLessThan(5_000)
      expect(world.provider.token.calls).toBe(2)
    })

    it('one that stops answering while the provider does loses no token', async () => {
      const { refreshToken } = await world.refresh(world.signIn())
      world.provider.token.latencyMs = 200
      const answer = world.refresh(refreshToken, at(0))
      while (world.provider.token.calls < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      server.pause()
      const reply = await answer
      expect(reply.outcome).toBe('200')
      server.resume()
      expect((await world.refresh(reply.refreshToken, at(0))).outcome).toBe('200')
    })

    it('one that stops answering in the middle of a refresh lets no other instance spend the token once more', async () => {
      const { refreshToken } = await world.refresh(world.signIn())
      world.provider.token.latencyMs = 200
      const answer = world.refresh(refreshToken, at(0))
      while (world.provider.token.calls < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      server.pause()
      const first = await answer
      expect(first.outcome).toBe('200')
      // Its client never got the answer, and comes to another instance with what it has.
      expect((await world.refresh(refreshToken, at(1))).outcome).toBe('503 store_unavailable')
      server.resume()
      const again = await Promise.all([world.refresh(refreshToken, at(1)), world.refresh(refreshToken, at(2))])
      expect(again.map((reply) => [reply.outcome, reply.refreshToken])).toEqual(
        Array(2).fill(['200', first.refreshToken]),
      )
      expect([world.provider.token.calls, world.reuses]).toEqual([2, []])
    })

    it('one that stops answering signs no browser out: what is good goes on, what is over is 503, and is refreshed once then', async () => {
      const cookie = await world.cookie('ada')
      const tab = (one: Instance): Promise<Reply> => ask(one.handle, { headers: { cookie, origin: ORIGIN } })
      const tabs = async (): Promise<string[]> => (await Promise.all(instances.map(tab))).map(({ outcome }) => outcome)
      server.pause()
      world.clock.offset = 280_000
      expect(await tabs()).toEqual(['200', '200', '200'])
      world.clock.offset = 400_000
      expect(await tabs()).toEqual(Array(3).fill('503 verifier_unavailable'))
      expect(world.provider.token.calls).toBe(0)
      server.resume()
      expect(await tabs()).toEqual(['200', '200', '200'])
      expect(world.provider.token.calls).toBe(1)
    })

    it('one that forgot everything ends no sign-in', async () => {
      const { refreshToken } = await world.refresh(world.signIn(), at(0))
      await store().flush()
      const next = await world.refresh(refreshToken, at(1))
      expect(next.outcome).toBe('200')
      expect((await world.refresh(next.refreshToken, at(2))).outcome).toBe('200')
    })

    it('an outage of the provider is 503 at each of them, and spends nothing', async () => {
      const { refreshToken } = await world.refresh(world.signIn())
      world.provider.token.mode = { status: 503, body: 'oops' }
      for (const one of instances)
        expect((await world.refresh(refreshToken, one)).outcome).toBe('503 verifier_unavailable')
      world.provider.token.mode = 'ok'
      expect((await world.refresh(refreshToken, at(1))).outcome).toBe('200')
    })
  })
})

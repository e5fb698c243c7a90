// The shared stores of docs/verifiers/workos-sessions.md, as printed, over a real Redis.
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RefreshStore } from '@dualauth/core'
import { describeWith, startRedis, type RedisServer } from '@dualauth/servers'
import { outcome } from '../../packages/core/test/support/outcome.js'
import {
  createSessionWorld,
  MANAGEMENT_KEY,
  OVER,
  sessionCookie,
  written,
  type SessionWorld,
} from '../../packages/core/test/support/workos-sessions.js'
import { fileOf } from './snippets.js'

const PAGE = 'docs/verifiers/workos-sessions.md'
const OK = '200 user_01 by workos'

/** What a block exports. */
interface Printed {
  readonly store: RefreshStore
  readonly redis: { destroy?(): void; disconnect?(): void }
}

describeWith('Redis', 'instances that share', () => {
  describe.each(['redis-store.ts', 'ioredis-store.ts'])('the store of %s', (name) => {
    let server: RedisServer
    let world: SessionWorld
    /** Each has its own connection, as two processes have. */
    let printed: readonly Printed[]
    const closed: SessionWorld[] = []

    beforeAll(async () => {
      server = await startRedis()
      const env = { REDIS_URL: server.url, WORKOS_API_KEY: MANAGEMENT_KEY }
      Object.assign(globalThis, { env, log: { error: () => {} } })
      const { href } = pathToFileURL(fileOf(PAGE, name))
      printed = await Promise.all(
        ['one', 'two'].map(async (instance) => import(/* @vite-ignore */ `${href}?${instance}`) as Promise<Printed>),
      )
    })
    beforeEach(async () => {
      world = await createSessionWorld()
      closed.push(world)
    })
    afterAll(async () => {
      for (const { redis } of printed) {
        if (name === 'redis-store.ts') redis.destroy?.()
        else redis.disconnect?.()
      }
      for (const each of closed) await each.close()
      await server.close()
    })
    const instances = () => printed.map(({ store }) => world.instance({ refresh: { store } }))

    it('are two connections', () => {
      expect(printed[0]!.redis).not.toBe(printed[1]!.redis)
    })

    it('refresh once for a hundred requests with one expired cookie', async () => {
      const [a, b] = instances()
      const request = sessionCookie(await world.sealed(OVER))
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? a! : b!).auth.authenticate(request)),
      )
      expect(results.filter(({ ok }) => ok)).toHaveLength(100)
      expect(new Set(results.map((result) => written(result))).size).toBe(1)
      expect(world.server.refresh.calls).toBe(1)
    })

    it('refuse a session that WorkOS has ended after one call', async () => {
      world.server.refresh.mode = { status: 400, body: { error: 'invalid_grant' } }
      const request = sessionCookie(await world.sealed(OVER))
      for (const { auth } of instances()) expect(await outcome(auth, request)).toBe('401 credential_revoked')
      expect(world.server.refresh.calls).toBe(1)
    })

    it('try anew after an outage of WorkOS', async () => {
      const [a, b] = instances()
      const request = sessionCookie(await world.sealed(OVER))
      world.server.refresh.mode = { status: 500 }
      expect(await outcome(a!.auth, request)).toBe('503 verifier_unavailable')
      world.server.refresh.mode = 'ok'
      expect(await outcome(b!.auth, request)).toBe(OK)
    })

    it('refresh nothing while Redis is slow or down, and nobody is logged out', async () => {
      for (const hinder of [server.pause, server.close]) {
        hinder()
        const [{ auth, events }] = instances() as [ReturnType<SessionWorld['instance']>]
        expect(await outcome(auth, sessionCookie(await world.sealed(OVER)))).toBe('503 verifier_unavailable')
        expect(await outcome(auth, sessionCookie(await world.sealed()))).toBe(OK)
        expect(events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'workos refresh store' }))
      }
    })
  })
})

import { createDualAuth, legacyJwt, type Revocation } from '@dualauth/core'
import { startRedis, type RedisServer } from '@dualauth/servers'
import { createLegacyIssuer } from '@dualauth/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { redisRevocations, type RedisRevocationsOptions } from '../src/index.js'
import { CLIENTS, NAMES } from './clients.js'

let redis: RedisServer
const closing: (() => unknown)[] = []
beforeAll(async () => void (redis = await startRedis()))
afterEach(async () => void (await Promise.all(closing.splice(0).map((close) => close()))))
afterAll(() => redis.close())

const WAIT = { timeout: 15_000, interval: 20 }

/** One instance of an API, in an application of its own. */
async function instance(name: keyof typeof CLIENTS, prefix: string, more: Partial<RedisRevocationsOptions> = {}) {
  const { client, close } = await CLIENTS[name](redis.url)
  const errors: unknown[] = []
  const feed = redisRevocations({ client, prefix, onError: (cause) => errors.push(cause), ...more })
  const heard: unknown[] = []
  const stop = await feed.subscribe((revocation) => heard.push(revocation))
  closing.push(() => (stop(), feed.close?.(), close()))
  return { client, feed, heard, errors, stop }
}

const key = (id: string): Revocation => ({ kind: 'api-key', id })
let place = 0
const newPrefix = (): string => `test-${++place}:`

describe.each(NAMES)('revocations through %s', (name) => {
  it('reach the other instances, each once, and one that starts later', async () => {
    const prefix = newPrefix()
    const [a, b] = [await instance(name, prefix), await instance(name, prefix)]
    await a.feed.publish(key('one'))
    await b.feed.publish(key('two'))
    await vi.waitFor(() => expect([a.heard, b.heard]).toEqual([[key('two')], [key('one')]]), WAIT)
    const late = await instance(name, prefix)
    expect(late.heard).toEqual([key('one'), key('two')])
    await late.feed.publish(key('three'))
    await vi.waitFor(() => expect(a.heard).toEqual([key('two'), key('three')]), WAIT)
  })

  it('that were made while Redis did not answer arrive when it does, and are told of as late', async () => {
    const prefix = newPrefix()
    const [a, b] = [await instance(name, prefix), await instance(name, prefix)]
    redis.pause()
    const late = a.feed.publish(key('late'))
    await expect(late).rejects.toThrow('no answer in time')
    redis.resume()
    await vi.waitFor(() => expect(b.heard).toEqual([key('late')]), WAIT)
  })

  it('are not heard while Redis is away: its feed says so once, and is ready when it is back', async () => {
    const { client, close } = await CLIENTS[name](redis.url)
    const feed = redisRevocations({ client, prefix: newPrefix() })
    closing.push(() => (feed.close?.(), close()))
    const outages: unknown[] = []
    await feed.subscribe(
      () => {},
      (cause) => outages.push(cause),
    )
    const isReady = async (): Promise<boolean> => {
      try {
        await feed.ready?.()
        return true
      } catch (cause) {
        expect(cause).toBeInstanceOf(Error)
        return false
      }
    }
    expect(await isReady()).toBe(true)
    await redis.stop()
    await vi.waitFor(async () => expect(await isReady()).toBe(false), WAIT)
    await redis.start()
    await vi.waitFor(async () => expect(await isReady()).toBe(true), WAIT)
    expect(outages).toHaveLength(1)
  })

  it('that a Redis lost, which was killed and started without its data, are there again for who starts then', async () => {
    const prefix = newPrefix()
    const [a, b] = [await instance(name, prefix), await instance(name, prefix)]
    await a.feed.publish(key('before'))
    await vi.waitFor(() => expect(b.heard).toEqual([key('before')]), WAIT)
    await redis.stop()
    const during = Promise.resolve(a.feed.publish(key('during'))).catch((cause: unknown) => cause)
    await vi.waitFor(() => expect(b.errors.length).toBe(1), WAIT)
    await redis.start()
    expect(await during).toSatisfy((cause) => cause === undefined || cause instanceof Error)
    await vi.waitFor(() => expect(b.heard).toEqual([key('before'), key('during')]), WAIT)
    await vi.waitFor(async () => {
      const fresh = await instance(name, prefix)
      expect(fresh.heard).toEqual(expect.arrayContaining([key('before'), key('during')]))
    }, WAIT)
    // Nothing is heard twice, however often it was written.
    expect(b.heard).toEqual([key('before'), key('during')])
  })
})

it('what is older than its time, or too many, is not kept', async () => {
  const prefix = newPrefix()
  const a = await instance('ioredis', prefix, { maxEntries: 100 })
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => a.feed.publish(key(`key-${at}`))))
  const { heard } = await instance('ioredis', prefix)
  // Redis drops whole nodes of the stream, of a hundred entries each.
  expect(heard.length).toBeLessThanOrEqual(200)
  expect(heard.at(-1)).toEqual(key('key-999'))
})

it('what is in the stream and no revocation ends nothing', async () => {
  const prefix = newPrefix()
  const a = await instance('ioredis', prefix)
  const send = (a.client as { call(...args: string[]): Promise<unknown> }).call.bind(a.client)
  await send('XADD', `${prefix}revocations`, '*', 'x', 'y')
  await send('XADD', `${prefix}revocations`, '*', 'r', '{broken')
  await a.feed.publish(key('mine'))
  const b = await instance('ioredis', prefix)
  expect(b.heard).toEqual([null, key('mine')])
})

it('a person who was signed out at one instance is signed out at the other, whose Redis went away in between', async () => {
  const prefix = newPrefix()
  const issuer = createLegacyIssuer()
  const auths = await Promise.all(
    (['node-redis', 'ioredis'] as const).map(async (name) => {
      const { client, close } = await CLIENTS[name](redis.url)
      const auth = createDualAuth({
        verifiers: [
          legacyJwt({
            name: 'legacy',
            algorithms: ['HS256'],
            secrets: [issuer.secret],
            purpose: 'only-access-tokens',
            claims: { subject: 'userId' },
          }),
        ],
        revocations: redisRevocations({ client, prefix }),
      })
      closing.push(async () => (await auth.close(), close()))
      await auth.ready()
      return auth
    }),
  )
  const [one, two] = auths as [(typeof auths)[0], (typeof auths)[0]]
  const headers = { authorization: `Bearer ${issuer.sign({ userId: 'ada' })}` }
  const codeAt = async (auth: typeof one) => {
    const result = await auth.authenticate({ method: 'GET', headers })
    return result.ok ? 'in' : result.error.code
  }
  expect(await codeAt(two)).toBe('in')
  await redis.stop()
  const revoked = one.revoke({ credential: headers.authorization.slice(7) }).catch((cause: unknown) => cause)
  await vi.waitFor(async () => expect(await codeAt(one)).toBe('credential_revoked'), WAIT)
  await redis.start()
  await revoked
  await vi.waitFor(async () => expect(await codeAt(two)).toBe('credential_revoked'), WAIT)
})

it.each([
  [{}, 'client'],
  [{ client: {} }, 'client'],
  [{ client: { send: () => {} }, retainMs: 1 }, 'retainMs'],
  [{ client: { send: () => {} }, prefix: 'a b' }, 'prefix'],
  [{ client: { send: () => {} }, url: '' }, 'url'],
])('refuses at construction %j, naming %s', (options, name) => {
  expect(() => redisRevocations(options as never)).toThrow(
    expect.objectContaining({
      code: 'configuration_invalid',
      message: expect.stringContaining(`redisRevocations.${name}`) as string,
    }),
  )
})

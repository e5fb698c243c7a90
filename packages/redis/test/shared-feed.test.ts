import type { Revocation, RevocationFeed } from '@dualauth/core'
import { startRedis, type RedisServer } from '@dualauth/servers'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { redisPolicy, redisRevocations, type RedisRevocationsOptions } from '../src/index.js'

let redis: RedisServer
beforeAll(async () => void (redis = await startRedis()))
afterAll(() => redis.close())

const WAIT = { timeout: 15_000, interval: 20 }
const key = (id: string): Revocation => ({ kind: 'api-key', id })
let place = 0

/** A feed that instances of one process share. */
function feedOf(more: Partial<RedisRevocationsOptions> = {}, options: Readonly<Record<string, unknown>> = {}) {
  const client = new Redis(redis.url, { retryStrategy: () => 20, maxRetriesPerRequest: null, ...options })
  client.on('error', () => {})
  const prefix = more.prefix ?? `shared-${++place}:`
  const feed = redisRevocations({ client, prefix, ...more })
  onTestFinished(async () => {
    await feed.close?.()
    client.disconnect()
  })
  return { client, prefix, feed, stream: `${prefix}revocations` }
}

async function listen(feed: RevocationFeed) {
  const heard: unknown[] = []
  const stop = await feed.subscribe((revocation) => heard.push(revocation))
  return { heard, stop }
}

it('two instances that share a feed hear what the other one revokes', async () => {
  const { feed } = feedOf()
  const [one, two] = [await listen(feed), await listen(feed)]
  await feed.publish(key('mine'))
  expect([one.heard, two.heard]).toEqual([[key('mine')], [key('mine')]])
})

it('an instance that shares a feed which has read already hears what was revoked before', async () => {
  const { feed, prefix } = feedOf()
  await feedOf({ prefix }).feed.publish(key('before'))
  expect((await listen(feed)).heard).toEqual([key('before')])
  await feed.publish(key('own'))
  expect((await listen(feed)).heard).toEqual([key('before'), key('own')])
})

it('an instance that comes after the last one has closed hears what was and what is revoked', async () => {
  const { feed, prefix } = feedOf()
  const other = feedOf({ prefix }).feed
  const { stop } = await listen(feed)
  stop()
  await other.publish(key('between'))
  const { heard } = await listen(feed)
  expect(heard).toEqual([key('between')])
  await other.publish(key('after'))
  await vi.waitFor(() => expect(heard).toEqual([key('between'), key('after')]), WAIT)
})

it('an instance that could not subscribe and closes leaves the others hearing', async () => {
  const { client, prefix } = feedOf()
  let isAway = true
  const send = ([command = '', ...args]: readonly string[]) =>
    isAway ? Promise.reject(new Error('away')) : client.call(command, ...args)
  const feed = redisRevocations({ client: { send }, prefix })
  const all: unknown[] = []
  const apply = (revocation: unknown) => void all.push(revocation)
  await expect(Promise.resolve(feed.subscribe(apply))).rejects.toThrow('no answer in time')
  const two = listen(feed)
  isAway = false
  const { heard, stop } = await two
  // As an instance does that has nothing to unsubscribe.
  await feed.close?.(apply)
  await feedOf({ prefix }).feed.publish(key('theirs'))
  await vi.waitFor(() => expect(heard).toEqual([key('theirs')]), WAIT)
  expect(all).toEqual([])
  expect(() => feed.ready?.()).not.toThrow()
  await feed.close?.()
  expect(() => feed.ready?.()).toThrow('the feed was closed')
  stop()
}, 20_000)

it('what is revoked meanwhile is heard within five seconds of the start of a Redis that was long away', async () => {
  const { client, prefix } = feedOf()
  const asked: number[] = []
  const send = ([command = '', ...args]: readonly string[]) => {
    asked.push(performance.now())
    return client.status === 'ready' ? client.call(command, ...args) : Promise.reject(new Error('away'))
  }
  const feed = redisRevocations({ client: { send }, prefix })
  onTestFinished(() => void feed.close?.())
  const { heard } = await listen(feed)
  const other = feedOf({ prefix }).feed
  await redis.stop()
  const published = Promise.resolve(other.publish(key('meanwhile'))).catch(() => {})
  const since = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 9_000))
  const gaps = asked.filter((at) => at > since).map((at, place, all) => at - (all[place - 1] ?? at))
  expect(Math.max(...gaps)).toBeLessThan(2_500)
  await redis.start()
  await published
  await vi.waitFor(() => expect(heard).toEqual([key('meanwhile')]), { timeout: 5_000, interval: 20 })
}, 30_000)

it('a feed keeps at most maxEntries unwritten revocations, and says that it dropped older ones', async () => {
  const { client, prefix } = feedOf()
  let isAway = true
  const send = ([command = '', ...args]: readonly string[]) =>
    isAway ? Promise.reject(new Error('away')) : client.call(command, ...args)
  const errors: unknown[] = []
  const feed = redisRevocations({ client: { send }, prefix, maxEntries: 100, onError: (cause) => errors.push(cause) })
  onTestFinished(() => void feed.close?.())
  const first = listen(feed)
  for (let at = 0; at < 150; at++) await expect(Promise.resolve(feed.publish(key(`key-${at}`)))).rejects.toThrow('away')
  const dropped = /dropped before they were written/
  expect(errors.filter((error) => dropped.test(String(error)))).toHaveLength(1)
  expect(() => feed.ready?.()).toThrow(dropped)
  isAway = false
  await first
  const { heard } = await listen(feedOf({ prefix }).feed)
  expect(heard).toHaveLength(100)
  expect([heard[0], heard.at(-1)]).toEqual([key('key-50'), key('key-149')])
  // Nothing waits any more.
  expect(() => feed.ready?.()).not.toThrow()
}, 20_000)

it('a log that throws, and an instance that does, keep nobody from hearing', async () => {
  const { feed, prefix } = feedOf({
    onError() {
      throw new Error('the log is full')
    },
  })
  await feed.subscribe(() => {
    throw new Error('a listener')
  })
  const { heard } = await listen(feed)
  await redis.stop()
  await redis.start()
  const other = feedOf({ prefix }).feed
  await other.publish(key('after'))
  await vi.waitFor(() => expect(heard).toEqual([key('after')]), WAIT)
})

it('what Redis dropped while every connection stayed is written again', async () => {
  const { feed, client, stream } = feedOf()
  const { stop } = await listen(feed)
  await feed.publish(key('kept'))
  await client.del(stream)
  await vi.waitFor(async () => expect(await client.xlen(stream)).toBe(1), WAIT)
  stop()
})

it('instances that write again what Redis lost write it about once, and push out nothing', async () => {
  const [one, ...others] = Array.from({ length: 4 }, () => feedOf({ prefix: 'many:', maxEntries: 1_000 }))
  const { feed, client, stream } = one as ReturnType<typeof feedOf>
  const listeners = await Promise.all([feed, ...others.map((other) => other.feed)].map(listen))
  const names = Array.from({ length: 600 }, (_, at) => `key-${at}`)
  await Promise.all(names.map((name) => feed.publish(key(name))))
  await vi.waitFor(() => expect(listeners.slice(1).map(({ heard }) => heard.length)).toEqual([600, 600, 600]), WAIT)
  await client.del(stream)
  await vi.waitFor(async () => expect(await client.xlen(stream)).toBeGreaterThanOrEqual(600), WAIT)
  const { heard } = await listen(feedOf({ prefix: 'many:', maxEntries: 1_000 }).feed)
  expect(heard).toHaveLength(600)
})

it('an instance that was cut off longer than the stream goes back pushes out nothing newer', async () => {
  const { feed, client, prefix, stream } = feedOf({ maxEntries: 100 })
  await listen(feed)
  await Promise.all(Array.from({ length: 100 }, (_, at) => feed.publish(key(`old-${at}`))))
  const pipeline = client.multi().del(stream)
  for (let at = 0; at < 150; at++) pipeline.xadd(stream, '*', 'r', JSON.stringify(key(`new-${at}`)))
  await pipeline.exec()
  const { heard } = await listen(feed)
  await vi.waitFor(() => expect(heard).toContainEqual(key('new-149')), WAIT)
  await feed.publish(key('last'))
  const late = await listen(feedOf({ prefix, maxEntries: 100 }).feed)
  expect(late.heard).toEqual(expect.arrayContaining([key('new-149'), key('new-60'), key('last')]))
  expect(late.heard).not.toContainEqual(key('old-0'))
})

it('a clock that is ahead by a year drops nothing', async () => {
  const before = feedOf()
  await before.feed.publish(key('first'))
  vi.useFakeTimers({ now: Date.now() + 31_536_000_000, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { feed, client, stream } = feedOf({ prefix: before.prefix })
  await Promise.all(Array.from({ length: 120 }, (_, at) => feed.publish(key(`key-${at}`))))
  expect(await client.xlen(stream)).toBe(121)
})

it('a client that prefixes keys, and queues nothing, hears what another one revokes', async () => {
  const errors: unknown[] = []
  const more = { prefix: 'p:', onError: (cause: unknown) => errors.push(cause) }
  const client = { keyPrefix: 'app:', enableOfflineQueue: false }
  const { feed, client: connection } = feedOf(more, client)
  await new Promise((resolve) => connection.once('ready', resolve))
  const { heard } = await listen(feed)
  await feedOf({ prefix: 'app:p:' }).feed.publish(key('theirs'))
  await vi.waitFor(() => expect(heard).toEqual([key('theirs')]), WAIT)
  expect(errors).toEqual([])
})

it('a wrapper that answers in bytes loses nothing, and one that answers nonsense is told of', async () => {
  const { client, prefix, feed } = feedOf()
  await feed.publish(key('bytes'))
  const bytes = ([command = '', ...args]: readonly string[]) => client.callBuffer(command, ...args)
  const { heard } = await listen(redisRevocations({ client: { send: bytes }, prefix }))
  expect(heard).toEqual([key('bytes')])
  const errors: unknown[] = []
  const send = async () => ({ result: [] })
  const lost = redisRevocations({ client: { send }, prefix, onError: (cause) => errors.push(cause) })
  void listen(lost).catch(() => {})
  onTestFinished(() => void lost.close?.())
  await vi.waitFor(() => expect(errors).toEqual([expect.any(Error)]), WAIT)
})

it('where readers are refused, revocations are heard all the same, and one outage is told of once', async () => {
  const { client, prefix, feed } = feedOf()
  const errors: unknown[] = []
  const refusing = {
    call: (command: string, ...args: string[]) => client.call(command, ...args),
    duplicate: () => ({
      call: () => Promise.reject(new Error('NOPERM')),
      disconnect() {
        throw new Error('closed')
      },
      on() {},
    }),
  }
  const refused = redisRevocations({ client: refusing, prefix, onError: (cause) => errors.push(cause) })
  onTestFinished(() => void refused.close?.())
  const { heard } = await listen(refused)
  for (const id of ['one', 'two', 'three']) {
    await feed.publish(key(id))
    await vi.waitFor(() => expect(heard).toContainEqual(key(id)), WAIT)
  }
  expect(errors).toHaveLength(1)
})

it('a policy is published over what is none', async () => {
  const { client, prefix } = feedOf()
  const policy = redisPolicy({ client, prefix })
  for (const junk of ['{broken', '{"document":null}', '"text"', '{"document":{"version":"7"}}']) {
    await client.set(`${prefix}policy:default`, junk)
    await policy.publish({ version: 1, stage: 'dual' })
    expect(await policy.load()).toMatchObject({ document: { version: 1 } })
  }
})

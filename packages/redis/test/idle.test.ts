import type { Revocation } from '@dualauth/core'
import { startRedis, type RedisServer } from '@dualauth/servers'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { redisRevocations, type RedisClient } from '../src/index.js'

let redis: RedisServer
beforeAll(async () => void (redis = await startRedis()))
afterAll(() => redis.close())

const WAIT = { timeout: 15_000, interval: 5 }
const key = (id: string): Revocation => ({ kind: 'api-key', id })

function connection(options: Readonly<Record<string, unknown>> = {}): Redis {
  const client = new Redis(redis.url, { maxRetriesPerRequest: null, ...options })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

function readerOf<Client>([first]: readonly { readonly value: Client }[]): Client {
  if (first === undefined) throw new Error('there is no reader')
  return first.value
}

async function listen(client: RedisClient, prefix: string) {
  const feed = redisRevocations({ client, prefix })
  const heard: unknown[] = []
  await feed.subscribe((revocation) => heard.push(revocation))
  onTestFinished(() => feed.close?.())
  return { feed, heard }
}

it('an instance asks Redis twice in five seconds while nothing is revoked, and once more for what is', async () => {
  const client = connection()
  const asked: string[] = []
  const noting =
    (to: Redis) =>
    (command: string, ...args: string[]) => {
      asked.push(command === 'XREAD' ? `XREAD for ${args[args.indexOf('BLOCK') + 1]} ms` : command)
      return to.call(command, ...args)
    }
  const watched = {
    call: noting(client),
    duplicate(override: object) {
      const reader = client.duplicate(override)
      return { call: noting(reader), disconnect: () => reader.disconnect(), on: reader.on.bind(reader) }
    },
  }
  const { heard } = await listen(watched as RedisClient, 'idle:')
  await vi.waitFor(() => expect(asked).toEqual(['XRANGE', 'XREAD for 5000 ms']), WAIT)
  await redisRevocations({ client, prefix: 'idle:' }).publish(key('theirs'))
  await vi.waitFor(() => expect(asked).toHaveLength(4), WAIT)
  expect(asked.slice(2)).toEqual(['XRANGE', 'XREAD for 5000 ms'])
  expect(heard).toEqual([key('theirs')])
})

it('no time limit of the application breaks off the waiting of ioredis', async () => {
  const client = connection({ commandTimeout: 3_000, socketTimeout: 3_000 })
  const duplicate = vi.spyOn(client, 'duplicate')
  await listen(client, 'limits:')
  await vi.waitFor(() => expect(duplicate).toHaveBeenCalledOnce(), WAIT)
  const { options } = readerOf(duplicate.mock.results)
  expect([options.commandTimeout, options.socketTimeout, options.port]).toEqual([
    undefined,
    undefined,
    client.options.port,
  ])
})

it('no time limit of the application breaks off the waiting of node-redis', async () => {
  const client = createClient({ url: redis.url, socket: { socketTimeout: 3_000 } })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  const duplicate = vi.spyOn(client, 'duplicate')
  const { heard } = await listen(client, 'socket:')
  await vi.waitFor(() => expect(duplicate).toHaveBeenCalledOnce(), WAIT)
  const { options } = readerOf(duplicate.mock.results)
  expect(options.socket).toMatchObject({ socketTimeout: undefined })
  await redisRevocations({ client: connection(), prefix: 'socket:' }).publish(key('theirs'))
  await vi.waitFor(() => expect(heard).toEqual([key('theirs')]), WAIT)
})

it('what a Redis lost before it was read is written again, also where more was written since', async () => {
  const client = connection()
  const send = ([command = '', ...args]: readonly string[]) => client.call(command, ...args)
  const { feed } = await listen({ send }, 'tail:')
  await feed.publish(key('lost'))
  const [entry] = await client.xrange('tail:revocations', '-', '+')
  await client.xdel('tail:revocations', entry?.[0] ?? '')
  await feed.publish(key('later'))
  await vi.waitFor(async () => {
    const { heard } = await listen({ send }, 'tail:')
    expect(heard).toEqual([key('later'), key('lost')])
  }, WAIT)
})

import { startRedis, type RedisServer } from '@dualauth/servers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { redisPolicy, redisRefreshes, type IoRedis } from '../src/index.js'
import { CLIENTS, NAMES } from './clients.js'

let redis: RedisServer
beforeAll(async () => void (redis = await startRedis()))
afterAll(() => redis.close())

async function admin(...command: [string, ...string[]]): Promise<void> {
  const { client, close } = await CLIENTS.ioredis(redis.url)
  await (client as IoRedis).call(...command)
  close()
}

const flush = (): Promise<void> => admin('FLUSHALL')
const set = (key: string, value: string): Promise<void> => admin('SET', key, value)

describe.each(NAMES)('through %s', (name) => {
  async function connect() {
    const { client, close } = await CLIENTS[name](redis.url)
    onTestFinished(close)
    return { client, prefix: `${name}:` }
  }

  it('a policy is there for every instance as soon as it is written, and nothing changes until then', async () => {
    const [a, b] = [redisPolicy(await connect()), redisPolicy(await connect())]
    expect(await b.load()).toBeNull()
    await a.publish({ version: 1, stage: 'dual' })
    const first = await b.load()
    expect(first).toMatchObject({ document: { version: 1, stage: 'dual' } })
    expect(await b.load()).toBe(first)
    await a.publish({ version: 2, stage: 'prefer-new' })
    expect(await b.load()).toMatchObject({ document: { version: 2 } })
  })

  it('a policy that Redis lost is there again for an instance that starts, and never older than what was published since', async () => {
    const options = { ...(await connect()), prefix: `${name}-lost:` }
    const running = redisPolicy(options)
    await running.publish({ version: 3, stage: 'dual' })
    const loaded = await running.load()
    await flush()
    expect(await running.load()).toBe(loaded)
    expect(await redisPolicy(options).load()).toMatchObject({ document: { version: 3 } })
    await flush()
    await redisPolicy(options).publish({ version: 4, stage: 'prefer-new' })
    expect(await running.load()).toMatchObject({ document: { version: 4 } })
    await flush()
    await running.load()
    expect(await redisPolicy(options).load()).toMatchObject({ document: { version: 4 } })
  })

  it('an older policy that a stale instance wrote again gives way to the newest that anybody has read', async () => {
    const options = { ...(await connect()), prefix: `${name}-stale:` }
    const [stale, current] = [redisPolicy(options), redisPolicy(options)]
    await stale.publish({ version: 5, stage: 'dual' })
    await stale.load()
    await current.publish({ version: 6, stage: 'shadow' })
    await current.load()
    await flush()
    expect(await stale.load()).toMatchObject({ document: { version: 5 } })
    await current.load()
    expect(await stale.load()).toMatchObject({ document: { version: 6 } })
    expect(await redisPolicy(options).load()).toMatchObject({ document: { version: 6 } })
  })

  it('what is no policy, or an older one, is not written again', async () => {
    const { client, ...options } = { ...(await connect()), prefix: `${name}-junk:` }
    const policy = redisPolicy({ client, ...options })
    await policy.publish({ version: 2, stage: 'dual' })
    await policy.load()
    for (const there of ['{broken', JSON.stringify({ document: { version: 1, stage: 'dual' } })]) {
      await set(`${options.prefix}policy:default`, there)
      await policy.load()
    }
    await flush()
    await policy.load()
    expect(await redisPolicy({ client, ...options }).load()).toMatchObject({ document: { version: 2 } })
  })

  it('of two that write one version at one moment, one is told that it is not newer', async () => {
    const options = { ...(await connect()), migration: 'race' }
    const writers = Array.from({ length: 8 }, () => redisPolicy(options).publish({ version: 7, stage: 'dual' }))
    const ended = await Promise.allSettled(writers)
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'configuration_invalid', message: expect.stringContaining('publish.version') as string },
    })
    await expect(redisPolicy(options).publish({ version: 8, stage: 'soon' } as never)).rejects.toMatchObject({
      code: 'configuration_invalid',
    })
  })

  it('one instance refreshes, and the others get its answer until its time is over', async () => {
    const store = redisRefreshes(await connect())
    expect([await store.add('lease', 'a', 60_000), await store.add('lease', 'b', 60_000)]).toEqual([true, false])
    expect(await store.get('lease')).toBe('a')
    await store.set('lease', 'c', 60_000)
    expect(await store.get('lease')).toBe('c')
    await store.delete('lease')
    expect(await store.get('lease')).toBeNull()
    await store.set('short', 'd', 1)
    await expect.poll(() => store.get('short')).toBeNull()
  })
})

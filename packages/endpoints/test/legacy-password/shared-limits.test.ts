import { describeWith, startPostgres, startRedis, type PostgresServer, type RedisServer } from '@dualauth/servers'
import { Redis } from 'ioredis'
import pg from 'pg'
import { RateLimiterPostgres, RateLimiterRedis, type IRateLimiterStoreOptions } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { legacyPasswordEndpoint, type AttemptLimiter } from '../../src/index.js'

const SECRET = 'a-secret-of-the-provider-and-this-side'

/** A connection of one instance. */
interface Connection {
  limiter(options: Omit<IRateLimiterStoreOptions, 'storeClient'>): Promise<AttemptLimiter>
  /** All that is kept there. */
  kept(): Promise<string>
  close(): Promise<unknown>
}

interface Reply {
  readonly status: number
  readonly code: string | null
  readonly retryAfter: number | null
}

type Instance = (password: string, identifier?: string) => Promise<Reply>

async function instanceOn(connection: Connection, prefix: string): Promise<Instance> {
  const handle = legacyPasswordEndpoint({
    dialect: 'ory',
    passwords: { verifyPassword: async (hash, password) => ({ ok: hash === `hash of ${password}` }) },
    find: (identifier) => (identifier === 'ada@example.com' ? { id: 'ada', hash: 'hash of right' } : null),
    secrets: [SECRET],
    perAccount: await connection.limiter({ keyPrefix: `${prefix}-account`, points: 3, duration: 60 }),
    total: await connection.limiter({ keyPrefix: `${prefix}-total`, points: 9, duration: 60 }),
  })
  return async (password, identifier = 'ada@example.com') => {
    const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ identifier, password })
    const response = await handle(new Request('https://old.example.com/check', { method: 'POST', headers, body }))
    const { code = null } = (await response.json()) as { code?: string }
    const retryAfter = response.headers.get('retry-after')
    return { status: response.status, code, retryAfter: retryAfter === null ? null : Number(retryAfter) }
  }
}

/** @param away Stops the store, or brings it to a state in which it answers nothing. */
function shareLimits(connect: () => Promise<Connection>, away: () => unknown): void {
  let count = 0
  async function withTwo(work: (instances: readonly [Instance, Instance], first: Connection) => Promise<void>) {
    const connections = [await connect(), await connect()] as const
    const prefix = `test-${++count}`
    try {
      await work([await instanceOn(connections[0], prefix), await instanceOn(connections[1], prefix)], connections[0])
    } finally {
      await Promise.all(connections.map((connection) => connection.close()))
    }
  }

  it('count the attempts for one account together, and begin afresh together with a right password', () =>
    withTwo(async ([first, second], connection) => {
      for (const ask of [first, second]) expect((await ask('guess')).status).toBe(403)
      expect((await first('right')).status).toBe(200)
      for (const ask of [second, first, second]) expect((await ask('guess')).status).toBe(403)
      const refused = await first('right')
      expect(refused).toMatchObject({ status: 429, code: 'rate_limited' })
      expect(refused.retryAfter).toBeGreaterThan(0)
      expect(refused.retryAfter).toBeLessThanOrEqual(60)
      expect(await connection.kept()).not.toContain('ada')
    }))

  it('let no more guesses through when all come at one moment', () =>
    withTwo(async (instances) => {
      const all = await Promise.all(Array.from({ length: 20 }, (_, at) => instances[at % 2]!('guess')))
      expect(all.filter(({ status }) => status === 403)).toHaveLength(3)
      expect(all.filter(({ status }) => status === 429)).toHaveLength(17)
    }))

  it('count all attempts together', () =>
    withTwo(async (instances) => {
      const all = await Promise.all(
        Array.from({ length: 14 }, (_, at) => instances[at % 2]!('guess', `${at}@a.example`)),
      )
      expect(all.filter(({ status }) => status === 403)).toHaveLength(9)
    }))

  it('answer 503 while the store is away, and never that a password is wrong', () =>
    withTwo(async ([first, second]) => {
      expect((await first('right')).status).toBe(200)
      await away()
      for (const ask of [first, second])
        expect(await ask('right')).toMatchObject({ status: 503, code: 'store_unavailable', retryAfter: 5 })
    }))
}

describeWith('Redis', 'two instances with limits in one Redis', () => {
  describe.each<[string, (url: string) => Promise<{ client: unknown; close(): unknown; all(): Promise<string[]> }>]>([
    [
      'ioredis',
      async (url) => {
        const client = new Redis(url, { maxRetriesPerRequest: 0 })
        client.on('error', () => {})
        await client.ping()
        return { client, close: () => client.disconnect(), all: () => client.keys('*') }
      },
    ],
    [
      'redis',
      async (url) => {
        const client = createClient({ url })
        client.on('error', () => {})
        await client.connect()
        return { client, close: () => client.destroy(), all: () => client.keys('*') }
      },
    ],
  ])('over %s', (name, open) => {
    let server: RedisServer
    beforeAll(async () => void (server = await startRedis()))
    afterAll(() => {
      server.resume()
      return server.close()
    })
    const connect = async (): Promise<Connection> => {
      const { client, close, all } = await open(server.url)
      return {
        limiter: async (options) =>
          new RateLimiterRedis({ ...options, storeClient: client, useRedisPackage: name === 'redis' }),
        kept: async () => (await all()).join(),
        close: async () => close(),
      }
    }
    shareLimits(connect, () => server.pause())
  })
})

describeWith('PostgreSQL', 'two instances with limits in one PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres()))
  afterAll(() => server.close())
  const connect = async (): Promise<Connection> => {
    const pool = new pg.Pool({ connectionString: server.url })
    pool.on('error', () => {})
    return {
      limiter: (options) =>
        new Promise((resolve, reject) => {
          const settings = { ...options, storeClient: pool, tableName: 'attempts' }
          const limiter = new RateLimiterPostgres(settings, (error) => (error ? reject(error) : resolve(limiter)))
        }),
      kept: async () => JSON.stringify((await pool.query('SELECT * FROM attempts')).rows),
      close: () => pool.end(),
    }
  }
  shareLimits(connect, () => server.stop())
})

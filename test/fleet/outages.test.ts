import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { PolicyDocument } from '@dualauth/core'
import { redisPolicy } from '@dualauth/redis'
import {
  describeWith,
  startPostgres,
  startRedis,
  type KeepingRedisServer,
  type PostgresServer,
} from '@dualauth/servers'
import { signJwt } from '@dualauth/testing'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './ask.js'
import { startInstance, type Instance } from './instances.js'
import { CATCH_UP_MS, createJudge, type Held, type Judge, type Revoked, type Weather } from './judge.js'
import { forgedFrom, startLoad, type Load } from './load.js'
import { createNewSide, type NewSide } from './new-side.js'
import { startProxy, type Proxy } from './proxy.js'

const CALLERS = Number(process.env['CALLERS'] ?? 40)
const REVOCATIONS = Number(process.env['REVOCATIONS'] ?? 500)
const CHANGES = Number(process.env['CHANGES'] ?? 60)
/** Of each kind of outage. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const OUTAGE_MS = Number(process.env['OUTAGE_MS'] ?? 3_000)

const secrets = { JWT_SECRET: randomBytes(32).toString('hex'), BETTER_AUTH_SECRET: randomBytes(32).toString('hex') }

describeWith('Redis', 'three processes behind a proxy, with Redis and PostgreSQL', () => {
  let redis: KeepingRedisServer
  let postgres: PostgresServer
  let pool: Pool
  let client: Redis
  let newSide: NewSide
  let proxy: Proxy
  let load: Load
  let judge: Judge
  const instances: Instance[] = []
  const sessions: Held[] = []
  const callers: Held[] = []
  const weather: Weather = { away: new Set(), redisSince: 0, postgresSince: 0 }
  let version = 0

  async function publish(document: Omit<PolicyDocument, 'version'>): Promise<void> {
    await redisPolicy({ client }).publish({ settleMs: 1_000, ...document, version: ++version })
  }

  beforeAll(async () => {
    redis = await startRedis({ keepsData: true })
    postgres = await startPostgres()
    pool = new Pool({ connectionString: postgres.url })
    pool.on('error', () => {})
    client = new Redis(redis.url, { maxRetriesPerRequest: null })
    client.on('error', () => {})
    newSide = await createNewSide(pool, secrets.BETTER_AUTH_SECRET)
    await publish({ stage: 'dual' })
    const env = { ...secrets, DATABASE_URL: postgres.url, REDIS_URL: redis.url }
    for (const CLIENT of ['node-redis', 'ioredis', 'node-redis'])
      instances.push(await startInstance({ ...env, CLIENT }))
    proxy = await startProxy(instances.map(({ url }) => url))
    for (let at = 0; at < CALLERS; at++) callers.push(at % 2 === 0 ? old() : await signedIn())
    for (let at = 0; at < REVOCATIONS / 4; at++) sessions.push(await signedIn())
    judge = createJudge(weather, instances)
    load = startLoad({ url: proxy.url, judge, good: callers, bad: bad(callers[1] as Held), fresh: old })
  })
  afterAll(async () => {
    await load.stop()
    await proxy.close()
    await Promise.allSettled(instances.map((instance) => instance.kill()))
    client.disconnect()
    await pool.end()
    await redis.close()
    await postgres.close()
  })

  const signedIn = async (): Promise<Held> => {
    const user = randomUUID()
    return { side: 'new', user, headers: await newSide.signIn(user) }
  }

  it(`refuse everywhere what is revoked at one, ${REVOCATIONS} times`, async () => {
    const delays: number[] = []
    for (let at = 0; at < REVOCATIONS; at++) {
      const held = (at % 4 === 0 ? sessions.pop() : undefined) ?? old()
      await Promise.all(instances.map(({ url }) => isIn(url, held)))
      const began = performance.now()
      const [asked, ...others] = rotated(instances, at)
      const revoking = load.revoke(held, (asked as Instance).url)
      await Promise.all(
        others.map(async ({ url }) => {
          await until(async () => !(await isIn(url, held)))
          delays.push(performance.now() - began)
        }),
      )
      await revoking
    }
    say('revoked at one, refused at another', delays)
    expect(judge.wrong).toEqual([])
  })

  it(`follow a policy that changes, ${CHANGES} times`, async () => {
    const delays: number[] = []
    for (let at = 0; at < CHANGES; at++) {
      await publish({ stage: at % 2 === 0 ? 'prefer-new' : 'dual' })
      const writtenAt = Date.now()
      const adopted = (instance: Instance) => instance.adoptions.find((one) => one.version === version)
      await until(() => instances.every((instance) => adopted(instance) !== undefined))
      delays.push(...instances.map((instance) => Math.max(0, (adopted(instance)?.at ?? 0) - writtenAt)))
      await pause(Math.random() * 500)
    }
    say('policy written, adopted', delays)
    expect(judge.wrong).toEqual([])
  })

  describe('when a server or a process is killed', () => {
    const kinds: Record<string, (round: number) => Promise<string>> = {
      'Redis, which keeps its data': () => redisAway(() => {}),
      'Redis, which loses its data': () => redisAway(() => redis.wipe()),
      async PostgreSQL() {
        weather.away.add('postgres')
        await postgres.stop()
        await pause(OUTAGE_MS)
        await postgres.start()
        const began = performance.now()
        await Promise.all(instances.map(({ url }) => until(async () => (await isIn(url, callers[1] as Held)) === true)))
        weather.postgresSince = Date.now()
        weather.away.delete('postgres')
        return `sessions are let in everywhere after ${since(began)}`
      },
      async 'an instance'(round) {
        const instance = instances[round % instances.length] as Instance
        await instance.kill()
        await pause(OUTAGE_MS)
        const began = performance.now()
        await instance.start()
        const serving = since(began)
        await Promise.all(acknowledged().map((one) => refusedAt(instance, one)))
        return `serves after ${serving}, with everything that was revoked`
      },
    }

    async function redisAway(between: () => void): Promise<string> {
      weather.away.add('redis')
      await redis.stop()
      const from = load.revoked.length
      await pause(OUTAGE_MS)
      between()
      await redis.start()
      const began = performance.now()
      const made = load.revoked.slice(from)
      await Promise.all(made.flatMap((one) => instances.map((instance) => refusedAt(instance, one))))
      const known = since(began)
      weather.redisSince = Date.now()
      weather.away.delete('redis')
      return `what was revoked meanwhile (${made.length}) is refused everywhere after ${known}`
    }

    const rounds = Array.from({ length: ROUNDS }, (_, round) => Object.entries(kinds).map((kind) => [...kind, round]))
    it.each(rounds.flat() as [string, (round: number) => Promise<string>, number][])(
      '%s: nobody wrong is let in, nobody good is refused, nothing is lost',
      async (kind, killed, round) => {
        load.revoking(true)
        await pause(500)
        console.info(`${kind} was killed: ${await killed(round)}`)
        await pause(CATCH_UP_MS)
        load.revoking(false)
        expect(judge.wrong).toEqual([])
      },
    )

    it('at the end all of them refuse everything that was revoked', async () => {
      await load.stop()
      const known = acknowledged()
      const accepted: Revoked[] = []
      for (const one of known) for (const { url } of instances) if (await isIn(url, one.held)) accepted.push(one)
      expect(accepted).toEqual([])
      console.info(
        `${known.length} of ${load.revoked.length} revocations were acknowledged, and hold at all instances;`,
        judge.counts,
      )
      expect(judge.wrong).toEqual([])
    })
  })

  const acknowledged = (): Revoked[] => load.revoked.filter(({ acknowledgedAt }) => acknowledgedAt !== null)

  /** Within the time that an instance has after an outage. */
  const refusedAt = ({ url }: Instance, { held }: Revoked): Promise<void> =>
    until(async () => (await isIn(url, held)) === false)
})

/** Null: it cannot tell. */
async function isIn(url: string, { headers }: Held): Promise<boolean | null> {
  const { status } = await ask(`${url}/me`, headers)
  return status === 200 ? true : status === 401 ? false : null
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it does not come to hold')
    await pause(1)
  }
}

function old(): Held {
  const user = randomUUID()
  return { side: 'old', user, headers: { authorization: `Bearer ${token(user)}` } }
}

function token(user: string, expiresIn = 3_600): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: user, iat: now - 7_200, exp: now + expiresIn, jti: randomUUID() }
  return signJwt({ algorithm: 'HS256', key: secrets.JWT_SECRET, claims })
}

const bad = ({ headers: { cookie = '' } }: Held) => ({
  forged: () => ({ authorization: `Bearer ${forgedFrom(token('eve'))}` }),
  expired: () => ({ authorization: `Bearer ${token('eve', -3_600)}` }),
  // Its signature is of another one.
  'a forged cookie': () => ({ cookie: cookie.replace(/=[^.]{8}/, `=${randomBytes(4).toString('hex')}`) }),
})

function rotated<T>(list: readonly T[], by: number): T[] {
  return list.map((_, at) => list[(at + by) % list.length] as T)
}

const since = (began: number): string => `${Math.round(performance.now() - began)} ms`

function say(what: string, delays: number[]): void {
  delays.sort((a, b) => a - b)
  const [p50, p99] = [0.5, 0.99].map((share) => (delays[Math.floor(delays.length * share)] as number).toFixed(1))
  console.info(`${what}: p50 ${p50} ms, p99 ${p99} ms, of ${delays.length}; at most ${delays.at(-1)?.toFixed(1)} ms`)
}

import { randomBytes } from 'node:crypto'
import { redisStorage } from '@better-auth/redis-storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  redisSessions,
  type FindSession,
  type FoundUser,
  type RedisSessionsOptions,
} from '../../../src/index.js'
import {
  cookiesOf,
  signUpAt,
  startBetterAuth,
  VERSIONS,
  type BetterAuthServer,
  type Person,
  type Version,
} from '../../support/better-auth-servers.js'
import { describeWith, startRedis, type RedisServer } from '@dualauth/servers'
import { connectIoredis, connectNodeRedis, type RedisClient } from '../../support/redis-clients.js'
import { outcome } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'

const SECRET = randomBytes(32).toString('hex')
const WEEK_SECONDS = 7 * 86_400

function judge(sessions: FindSession, sent: Parameters<typeof outcome>[1], offset = 0): Promise<string> {
  const verifiers = [betterAuth({ name: 'ba', secrets: [SECRET], sessions })] as const
  return outcome(createDualAuth({ verifiers, now: () => Date.now() + offset }), sent)
}

interface Storage {
  readonly client: RedisClient
  /** Better Auth's `secondaryStorage`. */
  readonly secondaryStorage: object
}

/** The storage that the documentation of Better Auth recommends. */
async function officialStorage(url: string): Promise<Storage> {
  const client = await connectIoredis(url)
  // Typed for the major before.
  return { client, secondaryStorage: redisStorage({ client: client.redis as never }) }
}

/** A storage as apps write it themselves: keys have no prefix. */
async function ownStorage(url: string): Promise<Storage> {
  const client = await connectNodeRedis(url)
  const { get, set } = client
  return { client, secondaryStorage: { get, set, delete: client.delete } }
}

const VERSION_NAMES: readonly Version[] = ['1.7', '1.7.25', '1.4']

describeWith('Redis', 'sessions in the secondary storage of a real Better Auth', () => {
  describe.each(
    VERSION_NAMES.flatMap((version) => [
      { version, storage: 'the official one, over ioredis', connect: officialStorage, options: {} },
      { version, storage: 'one of the app, over redis', connect: ownStorage, options: { prefix: '' } },
    ]),
  )('$version, $storage', ({ version, connect, options }) => {
    let redis: RedisServer
    let storage: Storage
    let server: BetterAuthServer
    const sessions = (more: RedisSessionsOptions = {}) => redisSessions(storage.client.get, { ...options, ...more })
    const signUp = (): Promise<Person> => signUpAt(server)

    beforeAll(async () => {
      redis = await startRedis()
      storage = await connect(redis.url)
      const { admin, bearer: bearerPlugin } = VERSIONS[version].plugins
      const { secondaryStorage } = storage
      server = startBetterAuth(version, { secret: SECRET, secondaryStorage, plugins: [admin!(), bearerPlugin!()] })
    })
    afterAll(async () => {
      storage.client.close()
      await redis.close()
    })

    it('are accepted, by cookie and by bearer, and stand nowhere else', async () => {
      const person = await signUp()
      expect(await judge(sessions(), cookiesOf(person.jar))).toBe(`200 ${person.id} by ba`)
      expect(await judge(sessions(), bearer(person.token))).toBe(`200 ${person.id} by ba`)
      expect(server.tables['session']).toEqual([])
    })

    it('have an id where the server gave them one', async () => {
      const person = await signUp()
      const verifiers = [betterAuth({ name: 'ba', secrets: [SECRET], sessions: sessions() })] as const
      const result = await createDualAuth({ verifiers }).authenticate(bearer(person.token))
      if (!result.ok) throw result.error
      const { sessionId, claims } = result.principal
      expect(sessionId).toEqual(version === '1.4' ? null : expect.stringMatching(/^\w{32}$/))
      expect(claims.session?.id).toBe(sessionId)
    })

    it('are refused after their end, whether Redis still has them or not', async () => {
      const person = await signUp()
      expect(await judge(sessions(), cookiesOf(person.jar), (WEEK_SECONDS + 1) * 1000)).toBe('401 credential_expired')
      const key = (await storage.client.keys()).find((each) => each.endsWith(person.token)) as string
      expect(key).toBe(`${'prefix' in options ? '' : 'better-auth:'}${person.token}`)
      expect(await storage.client.ttl(key)).toBeGreaterThan(WEEK_SECONDS - 60)
      await storage.client.delete(key)
      expect(await judge(sessions(), cookiesOf(person.jar))).toBe('401 credential_revoked')
    })

    it('are refused once they were signed out, and the others of the person are not', async () => {
      const person = await signUp()
      const kept = new Map(person.jar)
      const elsewhere = new Map()
      const body = { email: person.email, password: 'correct horse' }
      await server.call('POST', '/sign-in/email', elsewhere, body)
      await server.call('POST', '/sign-out', person.jar, {})
      expect(await judge(sessions(), cookiesOf(kept))).toBe('401 credential_revoked')
      expect(await judge(sessions(), cookiesOf(elsewhere))).toBe(`200 ${person.id} by ba`)
    })

    it('are refused once all of them were revoked, and a new one counts', async () => {
      const person = await signUp()
      const [row] = await Promise.all((await storage.client.keys()).filter(isOf(person)).map(storage.client.get))
      await server.call('POST', '/revoke-sessions', person.jar, {})
      expect(await judge(sessions(), bearer(person.token))).toBe('401 credential_revoked')
      // A server that was writing the session at that moment puts it back.
      const prefix = 'prefix' in options ? '' : 'better-auth:'
      await storage.client.set(prefix + person.token, row!)
      const told = version === '1.7.25'
      expect((await storage.client.keys()).some((key) => key.includes('revoked-sessions-before-'))).toBe(told)
      const code = told ? '401 credential_revoked' : `200 ${person.id} by ba`
      expect(await judge(sessions(), bearer(person.token))).toBe(code)
      const anew = new Map()
      await server.call('POST', '/sign-in/email', anew, { email: person.email, password: 'correct horse' })
      expect(await judge(sessions(), cookiesOf(anew))).toBe(`200 ${person.id} by ba`)
    })

    it('know the user as of the sign-in, and as of now where `users` asks', async () => {
      const person = await signUp()
      const row = server.tables['user']!.find(({ id }) => id === person.id)!
      row['banned'] = true
      expect(await judge(sessions(), cookiesOf(person.jar))).toBe(`200 ${person.id} by ba`)
      const users = async (id: string) =>
        (server.tables['user']!.find((user) => user['id'] === id) ?? null) as FoundUser | null
      expect(await judge(sessions({ users }), cookiesOf(person.jar))).toBe('403 account_banned')
      row['id'] = 'somebody-else'
      expect(await judge(sessions({ users }), cookiesOf(person.jar))).toBe('401 credential_revoked')
    })

    it('are found only under the prefix of their storage', async () => {
      const person = await signUp()
      expect(await judge(redisSessions(storage.client.get, { prefix: 'other:' }), bearer(person.token))).toBe(
        '401 credential_revoked',
      )
    })
  })

  // Each has a Redis of its own, because it does not outlive the test.
  describe.each([
    ['redis', connectNodeRedis],
    ['ioredis', connectIoredis],
  ])('through the client %s', (_, connect) => {
    let redis: RedisServer
    let client: RedisClient
    let person: Person
    beforeAll(async () => {
      redis = await startRedis()
      client = await connect(redis.url)
      const { get, set } = client
      const server = startBetterAuth('1.7', { secret: SECRET, secondaryStorage: { get, set, delete: client.delete } })
      person = await signUpAt(server)
    })
    afterAll(async () => {
      client.close()
      await redis.close()
    })
    const asked = () => judge(redisSessions(client.get, { prefix: '', timeoutMs: 1_000 }), cookiesOf(person.jar))

    it('cannot be judged while Redis is slow, and can be afterwards', async () => {
      expect(await asked()).toBe(`200 ${person.id} by ba`)
      redis.pause()
      expect(await asked()).toBe('503 verifier_unavailable')
      redis.resume()
      await client.get('an answer to wait for')
      expect(await asked()).toBe(`200 ${person.id} by ba`)
    })

    it('cannot be judged while Redis is down', async () => {
      await redis.close()
      expect(await asked()).toBe('503 verifier_unavailable')
    })
  })
})

describe('redisSessions', () => {
  const session = { id: 's', userId: 'u', token: 'A'.repeat(32), expiresAt: '2999-01-01T00:00:00.000Z' }
  const stored = JSON.stringify({ session, user: { id: 'u' } })
  const only = (value: unknown) => redisSessions((key) => (key.startsWith('revoked') ? null : value), { prefix: '' })

  it('takes what a client hands out as text or already parsed', async () => {
    for (const value of [stored, JSON.parse(stored)])
      expect(await judge(only(value), bearer(session.token))).toBe('200 u by ba')
  })

  it('takes a session only under the key that it names', async () => {
    expect(await judge(only(stored), bearer('B'.repeat(32)))).toBe('401 credential_revoked')
  })

  it.each([
    ['no JSON', () => '{'],
    ['a rejection', () => Promise.reject(new Error('down'))],
  ])('cannot tell by %s', async (_, get) => {
    expect(await judge(redisSessions(get), bearer(session.token))).toBe('503 verifier_unavailable')
  })

  it('names a wrong option', () => {
    expect(() => redisSessions(null as never)).toThrow(/^redisSessions\.get: /)
    expect(() => redisSessions(() => null, { timeoutMs: 0 })).toThrow(/^redisSessions\.timeoutMs: /)
    expect(() => redisSessions(() => null, { prefix: 1 as never })).toThrow(/^redisSessions\.prefix: /)
  })
})

function isOf({ token }: Person) {
  return (key: string) => key.endsWith(token)
}

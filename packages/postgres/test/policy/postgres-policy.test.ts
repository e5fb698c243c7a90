import { createDualAuth, legacyJwt, type AuthEvent, type Query } from '@dualauth/core'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { createLegacyIssuer } from '@dualauth/testing'
import { Client } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  embedded,
  installSchema,
  openDatabase,
  policies,
  postgresPolicy,
  type Database,
  type Listen,
  type PostgresPolicyOptions,
} from '../../src/index.js'

/** One instance of an API that moves from one issuer of tokens to another. */
function createInstance(query: Query, options: PostgresPolicyOptions) {
  const [before, after] = [createLegacyIssuer(), createLegacyIssuer()]
  const events: AuthEvent[] = []
  const verifier = (name: string, issuer: typeof before, iss: string) =>
    legacyJwt({ name, issuer: iss, algorithms: ['HS256'], secrets: [issuer.secret], purpose: 'only-access-tokens' })
  const auth = createDualAuth({
    verifiers: [verifier('before', before, 'https://before.test'), verifier('after', after, 'https://after.test')],
    link: ({ subject }) => ({ id: subject }),
    migration: { from: ['before'], to: 'after', policy: postgresPolicy(query, options) },
    onEvent: (event) => events.push(event),
  })
  onTestFinished(() => auth.close())
  const statusOf = async (token: string): Promise<number> => {
    const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${token}` } })
    return result.ok ? 200 : result.error.status
  }
  return {
    old: () => statusOf(before.sign({ sub: 'ada', iss: 'https://before.test' })),
    new: () => statusOf(after.sign({ sub: 'ada', iss: 'https://after.test' })),
    /** Waits for the event that another thing happened on. */
    seen: (type: AuthEvent['type'], version?: number) =>
      vi.waitFor(
        () => {
          const found = events.some(
            (event) => event.type === type && (!version || ('version' in event && event.version === version)),
          )
          expect(found, `${type} ${version ?? ''}`).toBe(true)
        },
        { timeout: 20_000, interval: 20 },
      ),
  }
}

const by = (expectedVersion: number) => ({ expectedVersion, actor: 'grace', reason: 'test' })
/** Longer than any test: only a notification brings what is new. */
const NEVER = 3_600_000

describe('postgresPolicy, on PGlite', () => {
  it('takes effect by the notification of the write', async () => {
    const { query, listen, close } = await embedded()
    await policies(query).write({ ...by(0), document: { stage: 'dual' } })
    const api = createInstance(query, { pollMs: NEVER, listen })
    expect([await api.old(), await api.new()]).toEqual([200, 200])
    await policies(query).write({ ...by(1), migration: 'default', document: { stage: 'prefer-new' } })
    await api.seen('policy_adopted', 2)
    await close()
  })
})

describeWith('PostgreSQL', 'postgresPolicy', () => {
  let server: PostgresServer
  let database: Database
  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase(server.url)
    await installSchema(database.query)
  })
  afterAll(async () => {
    await database.close()
    await server.close()
  })

  const LISTENS: Record<string, () => Listen> = {
    openDatabase: () => database.listen,
    'postgres.js': () => async (channel, notified) => {
      const sql = postgres(server.url, { max: 1 })
      await sql.listen(channel, notified)
      return () => sql.end()
    },
    'a client of pg': () => async (channel, notified) => {
      const client = new Client(server.url)
      client.on('error', () => {})
      client.on('notification', ({ payload }) => notified(payload ?? ''))
      await client.connect()
      await client.query(`listen ${channel}`)
      return () => client.end()
    },
  }

  it.each(Object.entries(LISTENS))('takes effect by the notification of the write, by %s', async (name, listen) => {
    const migration = name.replaceAll(' ', '-')
    const { write } = policies(database.query)
    await write({ ...by(0), migration, document: { stage: 'off' } })
    const source = postgresPolicy(database.query, { migration, pollMs: NEVER, listen: listen() })
    const versions: unknown[] = []
    const stop = await source.watch!(
      () => void Promise.resolve(source.load()).then((loaded) => versions.push(loaded?.document)),
    )
    await write({ ...by(0), migration: 'another', document: { stage: 'off' } })
    await write({ ...by(1), migration, document: { stage: 'dual' } })
    await vi.waitFor(() => expect(versions.at(-1)).toMatchObject({ version: 2 }), { timeout: 10_000 })
    stop()
  })

  it('keeps the last good policy while the database is gone, and goes on with it when it is back', async () => {
    const { write } = policies(database.query)
    await write({ ...by(0), document: { stage: 'dual' } })
    const looking = createInstance(database.query, { pollMs: 100 })
    const listening = createInstance(database.query, { pollMs: NEVER, listen: database.listen })
    for (const api of [looking, listening]) expect([await api.old(), await api.new()]).toEqual([200, 200])
    await server.stop()
    await looking.seen('policy_unavailable')
    for (const api of [looking, listening]) expect([await api.old(), await api.new()]).toEqual([200, 200])
    await server.start()
    await vi.waitFor(() => write({ ...by(1), document: { stage: 'new-only' }, force: true }), { timeout: 20_000 })
    await looking.seen('policy_adopted', 2)
    await listening.seen('policy_adopted', 2)
    for (const api of [looking, listening]) expect([await api.old(), await api.new()]).toEqual([401, 200])
  }, 60_000)

  it('answers 503 where no policy was ever had, and never with a value of the database', async () => {
    const api = createInstance(() => Promise.reject(new Error('connect ECONNREFUSED')), { pollMs: 100 })
    expect([await api.old(), await api.new()]).toEqual([503, 503])
  })

  it.each([
    ['postgresPolicy.pollMs', { pollMs: 5 }],
    ['postgresPolicy.migration', { migration: 'a b' }],
    ['postgresPolicy.listen', { listen: true }],
  ])('names a wrong option: %s', (path, options) => {
    expect(() => postgresPolicy(database.query, options as never)).toThrowError(new RegExp(`^${path}`))
  })
})

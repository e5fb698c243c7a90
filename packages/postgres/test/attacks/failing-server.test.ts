import { inspect } from 'node:util'
import { apiKeys, createDualAuth, legacyJwt, type AuthEvent, type DualAuth, type Query } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  accounts,
  installSchema,
  policies,
  postgresEvidence,
  postgresPolicy,
  storedApiKeys,
  type Accounts,
  type StoredApiKeys,
} from '../../src/index.js'
import { heartbeat, sighting } from '../support/sightings.js'

const OWNER = { kind: 'user', id: '1' } as const
const NEWCOMER = 'newcomer-0815'

describeWith('PostgreSQL', 'a server that fails', () => {
  const legacy = createLegacyIssuer()
  const pools: Pool[] = []
  let server: PostgresServer
  let admin: Query

  const tokens = new Map<string, string>()
  /** One for each person, who knows their own id where they have one: what is remembered is a credential. */
  function tokenOf(sub: string): string {
    const token = tokens.get(sub) ?? legacy.sign(/^\d+$/.test(sub) ? { sub, own: sub } : { sub })
    tokens.set(sub, token)
    return token
  }

  /** As an application connects: each option is a setting of its sessions. */
  function connect(
    settings: {
      readonly options?: string
      readonly user?: string
      readonly max?: number
      readonly connectionTimeoutMillis?: number
    } = {},
  ): Pool {
    const { user = 'tests', ...rest } = settings
    const connectionString = server.url.replace('tests@', `${user}@`)
    const pool = new Pool({ connectionString, connectionTimeoutMillis: 5000, ...rest })
    pool.on('error', () => {})
    pools.push(pool)
    return pool
  }
  const queryOf =
    (pool: Pool): Query =>
    async (sql, params) =>
      (await pool.query<Record<string, unknown>>(sql, [...params])).rows

  interface App {
    readonly auth: DualAuth
    readonly people: Accounts
    readonly keys: StoredApiKeys
    readonly events: AuthEvent[]
    readonly query: Query
    /** The caller, or status and code. */
    bearer(subject: string): Promise<string>
    key(key: string): Promise<string>
  }

  function appOver(query: Query): App {
    const events: AuthEvent[] = []
    const people = accounts(query, {
      users: { table: 'users' },
      verifiers: { legacy: { ownId: { claim: 'own' }, provision: { columns: ({ subject }) => ({ note: subject }) } } },
    })
    const keys = storedApiKeys(query)
    const auth = createDualAuth({
      verifiers: [
        legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
        apiKeys({ name: 'key', prefix: 'sk_live_', keys }),
      ],
      link: (input) => (input.verifier === 'key' ? { id: input.subject } : people.link(input)),
      account: people.find,
      remember: { linkMaxAgeMs: 60_000 },
      onEvent: (event) => events.push(event),
    })
    const ask = async (headers: Record<string, string>): Promise<string> => {
      const result = await auth.authenticate({ method: 'GET', headers })
      return result.ok ? `200 ${result.principal.id}` : `${result.error.status} ${result.error.code}`
    }
    return {
      auth,
      people,
      keys,
      events,
      query,
      bearer: (sub) => ask({ authorization: `Bearer ${tokenOf(sub)}` }),
      key: (key) => ask({ 'x-api-key': key }),
    }
  }

  async function mint(): Promise<string> {
    const made = await storedApiKeys(admin).create({ owner: OWNER, prefix: 'sk_live_', scopes: [] })
    if (!made.ok) throw made.error
    return made.key
  }
  const count = async (table: string): Promise<string> =>
    String((await admin(`select count(*)::text as n from ${table}`, []))[0]!['n'])

  beforeAll(async () => {
    server = await startPostgres()
    admin = queryOf(connect())
    await installSchema(admin)
    await admin('create table users (id serial primary key, note text)', [])
    await admin('create role reader login', [])
    await admin('grant usage on schema dualauth to reader', [])
    await admin('grant select on all tables in schema dualauth to reader', [])
    await admin('grant select on users to reader', [])
  })
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await server.close()
  })
  beforeEach(async () => {
    await admin('truncate users restart identity', [])
    await admin(`insert into users (note) values ('known'), ('known')`, [])
    await admin(
      'truncate dualauth.identity_link, dualauth.permission_grant, dualauth.organization_map, dualauth.evidence cascade',
      [],
    )
    // What they are known by from then on is a link, which is written at the first sight.
    const app = appOver(admin)
    await Promise.all([app.bearer('1'), app.bearer('2')])
  })

  /** Every operation that writes, outside of requests. */
  function writes({ people, keys, query }: App): Record<string, () => Promise<unknown>> {
    const by = { actor: 'ops', reason: 'test' }
    const identity = { verifier: 'legacy', issuer: 'i', subject: NEWCOMER }
    return {
      keys: () => keys.create({ owner: OWNER, prefix: 'sk_live_', scopes: [] }),
      links: () => people.links.add({ ...identity, ...by, account: '1' }),
      grants: () => people.grants.add({ account: '1', permission: 'things:read', actor: 'ops' }),
      evidence: async () =>
        postgresEvidence(query).write([sighting('1', 1_700_000_000_000)], heartbeat(1_700_000_000_000)),
      policies: () => policies(query).write({ document: { stage: 'off' }, expectedVersion: 0, ...by }),
    }
  }

  /** None of them is done, and each says why without a parameter. */
  async function refusesWrites(app: App, code: string): Promise<void> {
    for (const [name, write] of Object.entries(writes(app))) {
      const error = await write().then(
        () => null,
        (thrown: unknown) => thrown as Error & { code?: string; cause?: { code?: string } },
      )
      expect([name, error?.cause?.code ?? error?.code]).toEqual([name, code])
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(NEWCOMER)
    }
    expect(await count('dualauth.identity_link')).toBe('2')
    expect(await count('dualauth.permission_grant')).toBe('0')
    expect(await count('dualauth.evidence')).toBe('0')
  }

  describe('a database that only reads', () => {
    it('serves whoever is known, says so, and takes in nobody new', async () => {
      const key = await mint()
      const app = appOver(queryOf(connect({ options: '-c default_transaction_read_only=on' })))
      await app.auth.ready()
      expect(await app.bearer('1')).toBe('200 1')
      expect(await app.key(key)).toBe('200 1')
      expect(await app.bearer(NEWCOMER)).toBe('503 account_unavailable')
      expect(await count('users')).toBe('2')
      expect(inspect(app.events, { depth: 9 })).toContain('read-only')
      expect(inspect(app.events, { depth: 9, showHidden: true })).not.toContain(NEWCOMER)
      await refusesWrites(app, '25006')
      expect(await postgresPolicy(app.query).load()).toBeNull()
    })

    it('is not ready to keep evidence, which is nothing but written', async () => {
      const evidence = postgresEvidence(queryOf(connect({ options: '-c default_transaction_read_only=on' })))
      await expect(evidence.ready()).rejects.toThrowError('only reads')
      await postgresEvidence(admin).ready()
    })
  })

  describe('a role that may only read', () => {
    it('serves whoever is known by an account, and says what it may not do', async () => {
      const key = await mint()
      const app = appOver(queryOf(connect({ user: 'reader' })))
      expect(await app.bearer('1')).toBe('200 1')
      expect(await app.bearer(NEWCOMER)).toBe('503 account_unavailable')
      // The use of a key is not noted in secret where it cannot be: an option says so.
      expect(await app.key(key)).toBe('503 verifier_unavailable')
      await expect(app.auth.ready()).rejects.toThrowError('permission denied for table api_key')
      await refusesWrites(app, '42501')
      const replica = storedApiKeys(app.query, { writeLastUse: false })
      await replica.ready()
      await expect(postgresEvidence(app.query).ready()).rejects.toThrowError('may not be written')
    })
  })

  describe.each(['repeatable read', 'serializable'])('sessions that are %s', (level) => {
    it('revoke, rotate and look up the same keys at once without an outage', async () => {
      const app = appOver(
        queryOf(connect({ options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`, max: 5 })),
      )
      const made = await app.keys.create({ owner: OWNER, prefix: 'sk_live_', scopes: [] })
      if (!made.ok) throw made.error
      const hash = await app.keys.hash(made.key)
      const target = { owner: OWNER, id: made.apiKey.id }
      const looked = await Promise.all([
        ...Array.from({ length: 5 }, () => app.keys.findByHash(hash)),
        ...Array.from({ length: 3 }, () => app.keys.revoke(target)),
      ])
      expect(looked.every((found) => found !== null)).toBe(true)
      expect(await app.key(made.key)).toBe('401 credential_revoked')
    })
  })

  describe('a pool whose connections are all taken', () => {
    it('is 503 in time, serves whom it remembers, and is over once one is free', async () => {
      const key = await mint()
      const pool = connect({ max: 1, connectionTimeoutMillis: 300 })
      // However busy the machine is that runs the tests: there is one, and it is held.
      const first = await pool.connect().catch(() => pool.connect())
      first.release()
      const app = appOver(queryOf(pool))
      expect(await app.bearer('1')).toBe('200 1')
      const holder = await pool.connect()
      expect(await Promise.all([app.bearer('1'), app.bearer('2'), app.key(key)])).toEqual([
        '200 1',
        '503 account_unavailable',
        '503 verifier_unavailable',
      ])
      await expect(app.auth.ready()).rejects.toMatchObject({ status: 503 })
      holder.release()
      expect(await Promise.all([app.bearer('2'), app.key(key)])).toEqual(['200 2', '200 1'])
      await app.auth.ready()
    })
  })

  describe('a server that restarts', () => {
    it('is 503 for the unknown while it is away, and nothing is lost once it is back', async () => {
      const key = await mint()
      const app = appOver(queryOf(connect()))
      const evidence = postgresEvidence(app.query)
      const source = postgresPolicy(app.query)
      expect(await app.bearer('1')).toBe('200 1')
      await server.stop()
      expect(await app.bearer('1')).toBe('200 1')
      expect(await app.bearer('2')).toBe('503 account_unavailable')
      expect(await app.bearer(NEWCOMER)).toBe('503 account_unavailable')
      expect(await app.key(key)).toBe('503 verifier_unavailable')
      await expect(app.auth.ready()).rejects.toMatchObject({ status: 503 })
      await expect(source.load()).rejects.toThrowError()
      for (const write of Object.values(writes(app))) await expect(write()).rejects.toThrowError()
      expect(inspect(app.events, { depth: 9, showHidden: true })).not.toContain(NEWCOMER)
      await server.start()
      expect(await app.bearer('2')).toBe('200 2')
      expect(await app.key(key)).toBe('200 1')
      // A sequence may skip numbers when its server dies.
      const newcomer = await app.bearer(NEWCOMER)
      expect(newcomer).toMatch(/^200 \d+$/)
      expect(await appOver(app.query).bearer(NEWCOMER)).toBe(newcomer)
      await app.auth.ready()
      expect(await source.load()).toBeNull()
      await evidence.write([sighting('1', 1_700_000_000_000)], heartbeat(1_700_000_000_000))
      expect([await count('users'), await count('dualauth.evidence')]).toEqual(['3', '1'])
    })
  })

  // The last: it does not become a primary again.
  describe('a server that became a standby', () => {
    it('serves whoever is known, and is not ready to keep evidence', async () => {
      const key = await mint()
      await server.demote()
      const app = appOver(queryOf(connect()))
      await app.auth.ready()
      expect(await app.bearer('1')).toBe('200 1')
      expect(await app.key(key)).toBe('200 1')
      await expect(postgresEvidence(app.query).ready()).rejects.toThrowError('only reads')
      await refusesWrites(app, '25006')
    })
  })
})

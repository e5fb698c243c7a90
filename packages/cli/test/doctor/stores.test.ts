import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createDatabase, describeWith, startRedis, type RedisServer } from '@dualauth/servers'
import { installSchema, openDatabase, type Database } from '@dualauth/postgres'
import { createBetterAuthIssuer, startKeySetServer } from '@dualauth/testing'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expectMend } from './support/ask.js'
import { createPractice, type Patient } from './support/patient.js'

const SECRET = randomBytes(32).toString('hex')
const issuer = createBetterAuthIssuer({ secret: SECRET })
const practice = createPractice()

describeWith('PostgreSQL', 'the tables of Better Auth', () => {
  let url: string
  let database: Database
  beforeEach(async () => {
    url = await createDatabase()
    database = await openDatabase(url)
  })
  const closing: Database[] = []
  beforeEach(() => void closing.push(database))
  afterAll(async () => void (await Promise.all(closing.map((one) => one.close()))))
  const run = async (statements: string, params: readonly string[] = []): Promise<void> => {
    for (const statement of statements.split(';')) await database.query(statement, params)
  }

  const look = (options: string, more: Partial<Patient> = {}) =>
    practice.examine({
      before: `import pg from ${JSON.stringify(import.meta.resolve('pg'))}
        const pool = new pg.Pool({ connectionString: url })
        const query = async (sql, params) => (await pool.query(sql, [...params])).rows`,
      options: `{ verifiers: [betterAuth({ name: 'ba', secrets: [secret], sessions: sqlSessions(query, ${options}) })] }`,
      values: { url, secret: SECRET },
      secrets: [SECRET],
      env: { DATABASE_URL: url },
      ...more,
    })
  const user = `create table "user" (id text primary key, email text, "emailVerified" boolean, name text, image text,
    "createdAt" timestamptz, "updatedAt" timestamptz, banned boolean, role text)`
  const session = (end = 'timestamptz', token = 'text unique', name = 'session') =>
    `create table ${name} (id text primary key, token ${token}, "userId" text, "expiresAt" ${end}, "createdAt" timestamptz, "updatedAt" timestamptz)`

  it('are all right, with a session in them', async () => {
    await run(`${user};${session()}`)
    const { token } = issuer.session()
    await run(`insert into "user" (id) values ('u-7')`)
    await run(`insert into session values ('s', $1, 'u-7', now() + interval '1 day', now(), now())`, [token])
    const found = await look('{}', { samples: [`Cookie: ${issuer.sessionCookie(token)}`] })
    expect(found).toMatchObject({ code: 0, codes: [] })
    const codes = found.findings.map(({ code }) => code)
    expect(codes).toEqual(expect.arrayContaining(['table', 'schema', 'ready', 'clock', 'sample_accepted']))
  })

  it('are in the plural', async () => {
    await run(`${user.replace('"user"', 'users')};${session('timestamptz', 'text unique', 'sessions')}`)
    expectMend(await look(`{ tables: { user: 'users' } }`), 'table_missing', "tables: { session: 'sessions' }")
    const without = await look(`{ tables: { user: 'users' } }`, { env: {} })
    expectMend(without, 'table_missing', '`tables:')
  })

  it('are in snake_case', async () => {
    await run(
      `create table "user" (id text primary key, email text, email_verified boolean, name text, image text);
       create table session (id text primary key, token text unique, user_id text, expires_at timestamptz, created_at timestamptz, updated_at timestamptz)`,
    )
    expectMend(await look('{}'), 'column_missing', "`columns: 'snake_case'`")
    expectMend(await look('{}', { env: {} }), 'column_missing', "`columns: 'snake_case'`")
    expect((await look(`{ columns: 'snake_case' }`)).codes).toEqual([])
  })

  it('have another name for one column', async () => {
    await run(`${user};${session().replace('"expiresAt"', '"EXPIRES_AT"')}`)
    expectMend(await look('{}'), 'column_missing', "columns: { session: { expiresAt: 'EXPIRES_AT' } }")
  })

  it('keep ends as text, and no index of tokens', async () => {
    await run(`${user};${session('text', 'text')}`)
    const { codes, findings } = await look('{}')
    expect(codes).toEqual(['column_type', 'index_missing'])
    const mends = findings.flatMap(({ mend }) => mend ?? [])
    expect(mends[0]).toContain('`expiresAt`')
    expect(mends[1]).toContain('create unique index concurrently')
  })

  it('know no session of the sample', async () => {
    await run(`${user};${session()}`)
    const { token } = issuer.session()
    expectMend(await look('{}', { samples: [`Cookie: ${issuer.sessionCookie(token)}`] }), 'session_unknown', '`tables`')
  })

  it('are in a database that cannot be reached', async () => {
    await run(`${user};${session()}`)
    const away = url.replace(/\/[^/]*$/, '/nothing_there')
    expectMend(await look('{}', { env: { DATABASE_URL: away } }), 'database_unreachable', '`DATABASE_URL`')
  })

  it('are beside links of account ids in upper case, of which only the number is said', async () => {
    await run(`${user};${session()}`)
    await installSchema(database.query)
    const id = 'C0FFEE00-1234-4ABC-8DEF-00000000BEEF'
    const link = (account: string, subject: string): Promise<void> =>
      run(
        `insert into dualauth.identity_link (verifier, issuer, subject, account_id, how) values ('ba', 'i', $1, $2, 'import')`,
        [subject, account],
      )
    await link(id.toLowerCase(), 'a')
    await link('ORG-7', 'b')
    await link(id.replaceAll('0', '1').toLowerCase(), 'c')
    expect((await look('{}')).codes).toEqual([])
    await link(id.replaceAll('1', '2'), 'd')
    await link('c0ffee00-1234-4ABC-8def-00000000beea', 'e')
    await run(`insert into dualauth.identity_link (verifier, issuer, subject, account_id, how, ended_at)
      values ('ba', 'i', 'f', '${id}', 'import', now())`)
    const found = expectMend(
      await look('{}', { secrets: [SECRET, id.slice(8), '4ABC'] }),
      'link_spelling',
      "`ids: 'uuid'`",
    )
    expect(found.seen).toContain('2 links have an account id')
    const update = /^`(update [^`]*)`/.exec(found.mend ?? '')?.[1] as string
    await run(update)
    expect((await look('{}')).codes).toEqual([])
  })

  it('are beside a schema that is older, or missing', async () => {
    await run(`${user};${session()}`)
    const moving = (policy: string): Partial<Patient> => ({
      options: `{ migration: { from: ['old'], to: 'ba', policy: ${policy} }, verifiers: [
        legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: [secret + secret], purpose: 'only-access-tokens' }),
        betterAuth({ name: 'ba', secrets: [secret], sessions: sqlSessions(query) })] }`,
    })
    const policy = "{ version: 1, stage: 'dual' }"
    expectMend(await look('{}', moving(policy)), 'schema_missing', 'dualauth schema --apply')
    await installSchema(database.query)
    expect((await look('{}', moving(policy))).codes).toEqual([])
    await run('delete from dualauth.schema_version where version = (select max(version) from dualauth.schema_version)')
    expectMend(await look('{}', moving(policy)), 'schema_older', 'dualauth schema --apply')
    const none = await look('{}', { ...moving('{ pollMs: 60_000, load: async () => null }'), env: {} })
    expectMend(none, 'policy_missing', 'fallback')
    const away = '{ pollMs: 60_000, load: async () => { throw new Error("connect ECONNREFUSED") } }'
    expect((await look('{}', moving(away))).codes).toContain('not_ready')
  })

  it('are beside a schema that the policy, the evidence and the accounts miss, or may not touch', async () => {
    await run(`${user};${session()}`)
    const patient = (as: string): Partial<Patient> => ({
      before: `import pg from ${JSON.stringify(import.meta.resolve('pg'))}
        import { accounts, postgresEvidence, postgresPolicy } from './postgres.mjs'
        const pool = new pg.Pool({ connectionString: as })
        const query = async (sql, params) => (await pool.query(sql, [...params])).rows
        const people = accounts(query, { users: { table: 'user' }, verifiers: { old: { ownId: 'subject' }, ba: { ownId: 'subject' } } })`,
      values: { as, secret: SECRET },
      options: `{ link: people.link, verifiers: [
        legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: [secret + secret], purpose: 'only-access-tokens' }),
        betterAuth({ name: 'ba', secrets: [secret], sessions: async () => null })],
        migration: { from: ['old'], to: 'ba', policy: postgresPolicy(query), evidence: postgresEvidence(query) } }`,
      env: { DATABASE_URL: as },
    })
    const missing = await look('{}', patient(url))
    expect(missing.codes.filter((code) => code === 'schema_missing')).toHaveLength(4)
    expect(missing.findings.flatMap(({ mend }) => mend ?? []).join()).not.toContain('tables: {')
    await installSchema(database.query)
    const role = `limited_${randomBytes(4).toString('hex')}`
    await run(`create role ${role} login`)
    const limited = url.replace(/\/\/[^@]*@/, `//${role}@`)
    const refused = await look('{}', patient(limited))
    expect(new Set(refused.codes)).toEqual(new Set(['check_failed', 'privilege_missing']))
    expect(refused.findings.find(({ code }) => code === 'privilege_missing')?.mend).toContain('"Privileges"')
    expect(refused.findings.find(({ code }) => code === 'check_failed')?.seen).toMatch(/42501.*lacks a privilege/)
    await run(`grant usage on schema dualauth to ${role}; grant select on all tables in schema dualauth to ${role}`)
    await run(`grant select on "user" to ${role}`)
    const reading = await look('{}', patient(limited))
    expect(reading.codes).toEqual(['policy_missing', 'privilege_missing'])
    expect(reading.findings.find(({ code }) => code === 'privilege_missing')?.subject).toContain('.evidence')
  })
})

describe('keys in Redis', () => {
  let redis: RedisServer
  let client: ReturnType<typeof createClient>
  beforeAll(async () => {
    redis = await startRedis()
    client = createClient({ url: redis.url })
    await client.connect()
  })
  afterAll(async () => {
    client.destroy()
    await redis.close()
  })
  beforeEach(async () => void (await client.flushAll()))

  const look = (options: string, more: Partial<Patient> = {}) =>
    practice.examine({
      before: `import { createClient } from ${JSON.stringify(import.meta.resolve('redis'))}
        import { redisPolicy, redisRefreshes, redisRevocations } from './redis.mjs'
        const client = createClient({ url: redisUrl })
        client.on('error', () => {})
        await client.connect()
        const get = (key) => client.get(key)`,
      options,
      values: { redisUrl: redis.url, secret: SECRET },
      secrets: [SECRET],
      env: { REDIS_URL: redis.url },
      ...more,
    })
  const sessions = (prefix: string): string =>
    `{ verifiers: [betterAuth({ name: 'ba', secrets: [secret], sessions: redisSessions(get, { prefix: '${prefix}' }) })] }`
  async function signIn(prefix: string): Promise<string> {
    const { token, session, user } = issuer.session()
    await client.set(`${prefix}${token}`, JSON.stringify({ session, user }))
    return `Cookie: ${issuer.sessionCookie(token)}`
  }

  it('are where they are looked up', async () => {
    const cookie = await signIn('better-auth:')
    expect(await look(sessions('better-auth:'), { samples: [cookie] })).toMatchObject({ code: 0, codes: [] })
  })

  it('are behind another prefix, so that every session looks revoked', async () => {
    const cookie = await signIn('shop:')
    expectMend(await look(sessions('better-auth:')), 'redis_prefix', "`prefix: 'shop:'` of `redisSessions`")
    const sampled = await look(sessions('better-auth:'), { samples: [cookie] })
    expect(sampled.codes).toEqual(['redis_prefix', 'session_unknown'])
    const blind = await look(sessions('better-auth:'), { samples: [cookie], env: {} })
    expectMend(blind, 'session_unknown', '`prefix` of `redisSessions`')
  })

  it('show no part of a credential or an address where other keys end like a token', async () => {
    const other = [randomBytes(32).toString('hex'), `reset:ada@example.com:${randomBytes(16).toString('hex')}`]
    for (const key of other) await client.set(key, '1')
    const found = await look(sessions('better-auth:'), {
      secrets: [(other[0] as string).slice(0, 32), 'ada@example.com'],
    })
    expect(found.codes).toEqual([])
  })

  it('hold revocations of other instances behind another prefix', async () => {
    await client.xAdd('prod:revocations', '*', { payload: '{}' })
    const revocations = (prefix: string): string =>
      `{ revocations: redisRevocations({ client, prefix: '${prefix}' }), verifiers: [
        legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: [secret], purpose: 'only-access-tokens' })] }`
    expectMend(await look(revocations('dualauth:')), 'redis_prefix', "such as `'prod:'`")
    expect((await look(revocations('prod:'))).codes).toEqual([])
  })

  it('hold a policy behind another prefix', async () => {
    const document = { version: 3, stage: 'dual' }
    await client.set('prod:policy:default', JSON.stringify({ document, writtenAt: Date.now() }))
    // Of somebody else, and no prefix that may be shown.
    await client.set('cache:ada@example.com:policy:default', '1')
    const policy = (prefix: string, more = ''): string =>
      `{ migration: { from: ['old'], to: 'ba', policy: redisPolicy({ client, prefix: '${prefix}' }) ${more} }, verifiers: [
        legacyJwt({ name: 'old', algorithms: ['HS256'], secrets: [secret + secret], purpose: 'only-access-tokens' }),
        betterAuth({ name: 'ba', secrets: [secret], sessions: () => null })] }`
    const fallback = "fallback: { version: 1, stage: 'off' }"
    const found = await look(policy('dualauth:', `, ${fallback}`), { secrets: [SECRET, 'ada@example.com'] })
    expectMend(found, 'redis_prefix', "one `prefix` of `redisPolicy`, such as `'prod:'`")
    expect((await look(policy('dualauth:'))).codes).toEqual(['redis_prefix', 'policy_missing'])
    expect((await look(policy('prod:'))).codes).toEqual([])
  })

  it('hold what other instances refreshed behind another prefix', async () => {
    const refreshing = (prefix: string): string =>
      `{ verifiers: [core.workos({ name: 'workos', clientId: 'client_123', apiUrl: url, session: core.workosSession({ cookiePasswords: [secret],
        refresh: core.workosRefresh({ apiKey: 'sk_test_' + secret, store: redisRefreshes({ client, prefix: '${prefix}' }) }) }) })] }`
    const issuer = await startKeySetServer()
    const examine = (prefix: string) =>
      look(refreshing(prefix), { values: { redisUrl: redis.url, secret: SECRET, url: issuer.origin } })
    await client.set(`prod:dualauth:oidc:${randomBytes(32).toString('base64url')}`, '1', { PX: 30_000 })
    expect((await examine('dualauth:')).codes).toEqual([])
    await client.set(`prod:dualauth:workos:${randomBytes(32).toString('base64url')}`, '1', { PX: 30_000 })
    expectMend(await examine('dualauth:'), 'redis_prefix', "one `prefix` of `redisRefreshes`, such as `'prod:'`")
    expect((await examine('prod:')).codes).toEqual([])
    await issuer.close()
  })

  it('may not be looked through by the user of the doctor, and everything else is looked at nevertheless', async () => {
    const rights = ['-@all', '+hello', '+client', '+ping']
    await client.sendCommand(['ACL', 'SETUSER', 'limited', 'on', '>hidden-word', '~*', ...rights])
    const { host } = new URL(redis.url)
    const found = await look(sessions('better-auth:'), {
      env: { REDIS_URL: `redis://limited:hidden-word@${host}` },
      secrets: ['hidden-word'],
    })
    expect(found.codes).toEqual(['check_failed', 'check_failed'])
    expect(found.findings.find(({ code }) => code === 'check_failed')?.mend).toContain('EXISTS, SCAN and TIME')
    expect(found.findings.map(({ code }) => code)).toContain('ready')
  })

  it('are behind a server that takes connections and never answers', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const env = { REDIS_URL: `redis://127.0.0.1:${port}` }
    const found = await look(sessions('better-auth:'), { env })
    server.close()
    expect(expectMend(found, 'redis_unreachable', '`REDIS_URL`').seen).toContain('ETIMEDOUT')
  })

  it('cannot be reached', async () => {
    const found = await look(sessions('better-auth:'), {
      env: { REDIS_URL: 'redis://:hidden-word@127.0.0.1:1' },
      secrets: ['hidden-word'],
    })
    expectMend(found, 'redis_unreachable', '`REDIS_URL`')
  })
})

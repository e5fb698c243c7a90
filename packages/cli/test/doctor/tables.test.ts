import { createDatabase, describeWith } from '@dualauth/servers'
import { openDatabase, type Database } from '@dualauth/postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectMend } from './support/ask.js'
import { createPractice, type Examination, type Patient } from './support/patient.js'

const practice = createPractice()

describeWith('PostgreSQL', 'tables of sessions', () => {
  let url: string
  let database: Database
  beforeEach(async () => {
    url = await createDatabase()
    database = await openDatabase(url)
  })
  afterEach(() => database.close())

  const run = async (...statements: string[]): Promise<void> => {
    for (const statement of statements) await database.query(statement, [])
  }
  const look = (verifier: string, more: Partial<Patient> = {}): Promise<Examination> =>
    practice.examine({
      before: `import pg from ${JSON.stringify(import.meta.resolve('pg'))}
        const pool = new pg.Pool({ connectionString: url })
        const query = async (sql, params) => (await pool.query(sql, [...params])).rows`,
      options: `{ verifiers: [${verifier}] }`,
      values: { url },
      env: { DATABASE_URL: url },
      ...more,
    })

  describe('of Auth.js', () => {
    const authJs = (options = '{}'): string =>
      `core.authJs({ name: 'old', sessions: core.authJsSessions(query, ${options}) })`
    const session = (name: string, token = '"sessionToken" text unique'): string =>
      `create table ${name} (id serial primary key, ${token}, "userId" integer, expires timestamptz)`
    const user = (name: string): string =>
      `create table ${name} (id serial primary key, name text, email text, "emailVerified" timestamptz, image text)`

    it('are all right', async () => {
      await run(session('sessions'), user('users'))
      const found = await look(authJs('{ sessionIds: true }'))
      expect(found).toMatchObject({ code: 0, codes: [] })
      expect(found.findings.filter(({ code }) => code === 'table')).toHaveLength(2)
    })

    it('have the names of another adapter', async () => {
      await run(session('"Session"'), user('users'))
      expectMend(await look(authJs()), 'table_missing', "`tables: { session: 'Session' }` of `authJsSessions`")
      expectMend(await look(authJs(), { env: {} }), 'table_missing', 'ask the database of Auth.js')
    })

    it('are in snake_case', async () => {
      await run(
        'create table sessions (id serial primary key, session_token text unique, user_id integer, expires timestamptz)',
        user('users'),
      )
      expectMend(await look(authJs()), 'column_missing', "`columns: 'snake_case'` of `authJsSessions`")
      expect((await look(authJs(`{ columns: 'snake_case' }`))).codes).toEqual([])
    })

    it('have no ids, and the options say that they have', async () => {
      const drizzle = 'create table sessions ("sessionToken" text primary key, "userId" integer, expires timestamptz)'
      await run(drizzle, user('users'))
      const { seen } = expectMend(await look(authJs('{ sessionIds: true }')), 'column_missing', '`authJsSessions`')
      expect(seen).toContain('no column "id"')
      expect((await look(authJs())).codes).toEqual([])
    })

    it('have no index of tokens, and ends as text', async () => {
      await run(session('sessions', '"sessionToken" text').replace('timestamptz', 'text'), user('users'))
      const { codes, findings } = await look(authJs())
      expect(codes).toEqual(['column_type', 'index_missing'])
      expect(findings.flatMap(({ mend }) => mend ?? []).join()).toMatch(/`expires` of Auth\.js.*by `sessionToken`/s)
    })
  })

  describe('of the team', () => {
    const columns = `{ key: 'token_hash', userId: 'owner', expiresAt: 'ends_at', createdAt: 'begun_at' }`
    const rows = (options: string): string =>
      `core.sessions({ name: 'old', carriers: [{ cookie: 'sid' }], find: core.sessionRows(query, ${options}) })`
    const whole = rows(`{ table: 'auth.login', columns: ${columns},
      users: { table: 'people', columns: { id: 'id', isActive: 'active', roles: 'roles' } } }`)
    const login =
      'create table auth.login (token_hash text primary key, owner integer, ends_at integer, begun_at timestamptz)'
    const people = 'create table people (id serial primary key, active boolean, roles text[])'
    beforeEach(() => run('create schema auth'))

    it('are all right', async () => {
      await run(login, people)
      const found = await look(whole)
      expect(found).toMatchObject({ code: 0, codes: [] })
      expect(found.findings.filter(({ code }) => code === 'table')).toHaveLength(2)
    })

    it('are in another schema', async () => {
      await run(login.replace('auth.', ''), people)
      expectMend(await look(whole), 'table_missing', "`table: 'login'` of `sessionRows`")
      expectMend(await look(whole, { env: {} }), 'table_missing', "`table: '…'`")
    })

    it('have no table of users under that name', async () => {
      await run(login, people.replace('people', 'staff'))
      expectMend(await look(whole), 'table_missing', "`users: { table: 'staff' }` of `sessionRows`")
    })

    it('have another spelling of a column', async () => {
      await run(login.replace('ends_at', '"endsAt"'), people)
      expectMend(await look(whole), 'column_missing', "`columns: { expiresAt: 'endsAt' }` of `sessionRows`")
      expectMend(await look(whole, { env: {} }), 'column_missing', "`columns: { expiresAt: '…' }`")
    })

    it('lack a column of the users', async () => {
      await run(login, people.replace('active', 'enabled'))
      const { seen } = expectMend(await look(whole), 'column_missing', "`users: { columns: { isActive: '…' } }`")
      expect(seen).toContain('no column "active"')
    })

    it('are looked up by a column that no index begins with', async () => {
      await run(login.replace('primary key', 'not null'), people)
      expectMend(await look(whole), 'index_missing', '`sessionRows` looks sessions up by `key`')
    })
  })
})

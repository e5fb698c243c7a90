import { beforeEach, expect, it } from 'vitest'
import PostgresAdapter from '@auth/pg-adapter'
import { authJsSource } from '../../src/index.js'
import { PG_ADAPTER, PRISMA } from '../support/auth-js.js'
import { describePglite, describePostgres, type TestDatabase } from '../support/database.js'
import { mistakeOf, rowsOf } from '../support/folder.js'

const run = async ({ rows }: TestDatabase, statements: string): Promise<void> => {
  for (const statement of statements.split(';')) if (statement.trim() !== '') await rows(statement)
}
const EMPTY = `drop schema if exists tenant cascade; drop table if exists users, accounts, sessions, verification_token, "Account", "User", account, "user" cascade`

const tests = (database: TestDatabase) => {
  const { query } = database
  beforeEach(() => run(database, EMPTY))

  it('reads what Prisma made, with columns that applications add', async () => {
    await run(database, PRISMA)
    await run(
      database,
      `insert into "User" (id, email, "emailVerified", image, "hashedPassword", "isBanned", "deletedAt", "createdAt") values
        ('c1', 'ada@example.com', '2024-02-03 04:05:06', 'https://example.com/a.png', '$2b$10$of-ada', false, null, '2024-01-01'),
        ('c2', 'bob@example.com', null, null, null, true, null, '2024-01-01'),
        ('c3', 'cleo@example.com', null, null, null, null, '2024-05-01', '2024-01-01');
      insert into "Account" ("userId", type, provider, "providerAccountId", access_token, refresh_token) values
        ('c1', 'oauth', 'github', '583231', 'gho_secret', 'ghr_secret'), ('c1', 'oidc', 'azure-ad', 'm-1', 'secret', null),
        ('c1', 'webauthn', 'passkey', 'p-1', null, null), ('c2', 'email', 'resend', 'bob@example.com', null, null)`,
    )
    const rows = await rowsOf(authJsSource({ query }))
    expect(rows).toMatchObject([
      {
        id: 'c1',
        email: 'ada@example.com',
        emailVerified: true,
        image: 'https://example.com/a.png',
        passwordHash: '$2b$10$of-ada',
        disabled: false,
        createdAt: '2024-01-01T00:00:00',
        externalIdentities: [
          { provider: 'microsoft', subject: 'm-1' },
          { provider: 'github', subject: '583231' },
        ],
      },
      { id: 'c2', emailVerified: false, disabled: true, passwordHash: null, externalIdentities: [] },
      { id: 'c3', emailVerified: false, disabled: true },
    ])
    expect(JSON.stringify(rows)).not.toContain('secret')
    expect(await authJsSource({ query }).count!('person')).toBe(3)
  })

  it('reads everybody once, in pages, with their own accounts', async () => {
    await run(database, PG_ADAPTER)
    await run(
      database,
      `insert into users (email) select 'u' || n || '@example.com' from generate_series(1, 25) n;
      insert into accounts ("userId", type, provider, "providerAccountId") select n, 'oauth', 'google', 'g-' || n from generate_series(1, 25) n;
      insert into accounts ("userId", type, provider, "providerAccountId") values (3, 'oauth', 'google', 'g-3')`,
    )
    const rows = await rowsOf(authJsSource({ query, pageSize: 7 }))
    expect(rows.map(({ id, externalIdentities }) => [id, externalIdentities])).toEqual(
      Array.from({ length: 25 }, (_none, n) => [String(n + 1), [{ provider: 'google', subject: `g-${n + 1}` }]]),
    )
  })

  it('takes tables and columns by other names', async () => {
    await run(
      database,
      `create schema tenant;
      create table tenant.people (uid uuid primary key, mail text, mail_ok timestamptz, pw text, gone boolean);
      create table tenant.links (owner uuid, provider text, provider_account_id text);
      insert into tenant.people values ('00000000-0000-4000-8000-000000000001', 'a@example.com', now(), 'hash', true);
      insert into tenant.links values ('00000000-0000-4000-8000-000000000001', 'google', 'g-1')`,
    )
    const source = authJsSource({
      query,
      tables: { user: 'tenant.people', account: 'tenant.links' },
      columns: {
        user: { id: 'uid', email: 'mail', emailVerified: 'mail_ok', passwordHash: 'pw', disabled: 'gone' },
        account: { userId: 'owner' },
      },
      providers: { google: 'goog' },
    })
    expect(await rowsOf(source)).toMatchObject([
      {
        email: 'a@example.com',
        emailVerified: true,
        passwordHash: 'hash',
        disabled: true,
        externalIdentities: [{ provider: 'goog', subject: 'g-1' }],
      },
    ])
  })

  it('leaves the tables of Better Auth alone, and asks which where there are two', async () => {
    await run(
      database,
      `${PG_ADAPTER}; create table "user" (id text, email text, "emailVerified" boolean);
      create table account (id text, "userId" text, "providerId" text, "accountId" text); insert into users (email) values ('a@example.com')`,
    )
    expect(await rowsOf(authJsSource({ query }))).toMatchObject([{ id: '1', email: 'a@example.com' }])
    await run(database, PRISMA)
    expect(await mistakeOf(() => rowsOf(authJsSource({ query })))).toContain(
      'authJsSource.tables: must be given: "users" and "accounts", "User" and "Account" are there',
    )
    expect(await rowsOf(authJsSource({ query, tables: { user: 'User', account: 'Account' } }))).toEqual([])
  })

  it('names what is missing', async () => {
    expect(await mistakeOf(() => rowsOf(authJsSource({ query })))).toContain('no tables of Auth.js are there')
    await run(database, PG_ADAPTER)
    await run(database, 'alter table users drop column "emailVerified"')
    const tables = { user: 'users', account: 'accounts' }
    expect(await mistakeOf(() => rowsOf(authJsSource({ query, tables })))).toContain(
      'authJsSource.columns.user.emailVerified',
    )
    const columns = { user: { emailVerified: 'name', image: 'avatar' } }
    expect(await mistakeOf(() => rowsOf(authJsSource({ query, tables, columns })))).toContain('has no column avatar')
    expect(await mistakeOf(() => authJsSource({ query, table: 'users' } as never))).toContain('table')
  })
}

describePglite('people of Auth.js', tests)
describePostgres('people of Auth.js', (database) => {
  tests(database)

  it('reads what the adapter of Auth.js wrote', async () => {
    await run(database, EMPTY)
    await run(database, PG_ADAPTER)
    const adapter = PostgresAdapter(database.pool())
    const made = async (email: string, emailVerified: Date | null) =>
      adapter.createUser!({ id: '', email, emailVerified, name: 'Somebody', image: 'https://example.com/x.png' })
    const ada = await made('ada@example.com', new Date('2024-02-03T04:05:06Z'))
    await made('bob@example.com', null)
    await adapter.linkAccount!({
      userId: ada.id,
      type: 'oidc',
      provider: 'google',
      providerAccountId: '1152',
      access_token: 'secret',
      refresh_token: 'secret',
    })
    const rows = await rowsOf(authJsSource({ query: database.query }))
    expect(rows).toMatchObject([
      {
        id: String(ada.id),
        name: 'Somebody',
        emailVerified: true,
        image: 'https://example.com/x.png',
        externalIdentities: [{ provider: 'google', subject: '1152' }],
      },
      { email: 'bob@example.com', emailVerified: false, externalIdentities: [] },
    ])
    expect(JSON.stringify(rows)).not.toContain('secret')
  })
})

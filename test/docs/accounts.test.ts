// Runs the pages about what lasts on a real PostgreSQL, over tables of the names that they use.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import type { DualAuth } from '@dualauth/core'
import { installSchema, openDatabase, type Database } from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import { fileOf, ROOT, SNIPPETS } from './snippets.js'

const TABLES = `
create table users (id serial primary key, email text unique, is_active boolean default true, deleted_at timestamptz, role text);
create table organization_memberships (user_id integer, organization_id text, role text);
insert into users (role) values ('reader');
insert into organization_memberships values (1, 'acme', 'MEMBER')`

/** They read files: see import.test.ts. */
function isOfImport(page: string): boolean {
  return page === 'docs/import.md' || page.startsWith('packages/import/')
}

function sqlOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return [...text.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql]) => sql as string)
}

describeWith('PostgreSQL', 'the pages about accounts', () => {
  const legacy = createLegacyIssuer({ secret: randomBytes(32).toString('hex'), claims: { type: 'access' } })
  let server: PostgresServer
  const names = ['env', 'log', 'query']
  let database: Database

  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase(server.url)
    await installSchema(database.query)
    for (const statement of TABLES.split(';')) await database.query(statement, [])
    const env = {
      DATABASE_URL: server.url,
      JWT_SECRET: legacy.secret,
      BETTER_AUTH_SECRET: randomBytes(32).toString('hex'),
      WORKOS_CLIENT_ID: 'client_01ABC',
      WORKOS_API_KEY: `sk_test_${randomBytes(24).toString('hex')}`,
      WORKOS_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
      SESSION_PASSWORD: randomBytes(32).toString('hex'),
      BILLING_SECRET: randomBytes(32).toString('hex'),
    }
    // The instance of the README reads its own.
    vi.stubEnv('JWT_SECRET', env.JWT_SECRET)
    vi.stubEnv('WORKOS_CLIENT_ID', env.WORKOS_CLIENT_ID)
    Object.assign(globalThis, { env, log: { info: () => {} }, query: database.query })
  })
  afterAll(async () => {
    for (const name of names) Reflect.deleteProperty(globalThis, name)
    vi.unstubAllEnvs()
    await database.close()
    await server.close()
  })

  // Better Auth begins to read its tables when it is made, and tells nobody when it has: it would be cut off in the middle. An
  // example of its own runs it over such a pool.
  const pages = SNIPPETS.filter(
    ({ code, page }) =>
      /from '(?:@dualauth\/postgres|\.\/people\.js)'/.test(code) &&
      !code.includes("from 'better-auth'") &&
      !isOfImport(page),
  )
  it.each(pages.map(({ page, line, file }) => [`${page}:${line}`, file]))('%s runs', async (_where, file) => {
    await import(/* @vite-ignore */ pathToFileURL(file).href)
  })

  it.each(sqlOf('docs/evidence.md'))('the SQL of docs/evidence.md runs, with nobody seen yet: %s', async (sql) => {
    await database.query('truncate dualauth.evidence, dualauth.evidence_day', [])
    await expect(database.query(sql, [])).resolves.toBeInstanceOf(Array)
  })

  it('and a person of the table may do what the organization of the request allows', async () => {
    const { auth } = (await import(/* @vite-ignore */ pathToFileURL(fileOf('docs/accounts.md', 'auth.ts')).href)) as {
      auth: DualAuth
    }
    const headers = { authorization: `Bearer ${legacy.sign({ sub: '1' })}`, 'x-organization': 'acme' }
    const result = await auth.authenticate({ method: 'GET', headers })
    if (!result.ok) throw result.error
    expect(result.principal).toMatchObject({ id: '1', organization: 'acme', roles: ['reader', 'MEMBER'] })
    expect((await auth.authorize(result.principal, 'things:read')).ok).toBe(true)
  })
})

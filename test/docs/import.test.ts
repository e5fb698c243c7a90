// Runs the pages about imports on a real PostgreSQL, in a folder with people to import.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { installSchema, openDatabase, type Database } from '@dualauth/postgres'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { SNIPPETS } from './snippets.js'

describeWith('PostgreSQL', 'the pages about imports', () => {
  const here = process.cwd()
  const names = ['env', 'query']
  let server: PostgresServer
  let database: Database
  let folder: string
  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase(server.url)
    await installSchema(database.query)
    folder = mkdtempSync(join(tmpdir(), 'dualauth-docs-'))
    mkdirSync(join(folder, 'export'))
    writeFileSync(
      join(folder, 'export', 'people.ndjson'),
      '{"id":"u-1","email":"ada@example.com","emailVerified":true}\n',
    )
    await exportsOf(folder, database)
    process.chdir(folder)
    vi.spyOn(console, 'log').mockImplementation(() => {})
    Object.assign(globalThis, { env: { DATABASE_URL: server.url }, query: database.query })
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    process.chdir(here)
    rmSync(folder, { recursive: true })
    for (const name of names) Reflect.deleteProperty(globalThis, name)
    await database.close()
    await server.close()
  })

  const pages = SNIPPETS.filter(
    ({ code, page }) =>
      (page === 'docs/import.md' || page.startsWith('packages/import/')) && /(?:run|plan|verify|rollback)\(/.test(code),
  )
  it.each(pages.map(({ page, line, file }) => [`${page}:${line}`, file]))('%s runs', async (_where, file) => {
    await import(/* @vite-ignore */ pathToFileURL(file).href)
  })

  it('and the person of the file is where the page says', () => {
    expect(readFileSync(join(folder, 'package', 'people.ndjson'), 'utf8')).toBe('')
    expect(pages.length).toBeGreaterThan(1)
  })
})

/** What others have of people, as the page names it. */
async function exportsOf(folder: string, { query }: Database): Promise<void> {
  await query(
    'create table users (id serial primary key, name text, email text, "emailVerified" timestamptz, image text)',
    [],
  )
  await query('create table accounts ("userId" integer, type text, provider text, "providerAccountId" text)', [])
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content)
  write('auth0-users.ndjson.gz', gzipSync('{"user_id":"auth0|1","email":"ada@example.com"}\n'))
  write('auth0-passwords.ndjson', '{"_id":{"$oid":"1"},"passwordHash":"$2b$10$hash"}\n')
  write('clerk-users.json', '[{"id":"user_1","primary_email_address_id":null,"email_addresses":[]}]')
  write('clerk-export.csv', 'id,password_digest,password_hasher\nuser_1,,\n')
  mkdirSync(join(folder, 'migration'))
  write('migration/users.csv', 'email,external_id\nada@example.com,1\n')
}

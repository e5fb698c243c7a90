// Runs the pages about imports on a real PostgreSQL, in a folder with people to import.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
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

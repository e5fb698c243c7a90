// The function for libSQL of docs/drivers.md, as printed, over a database in memory.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Query } from '@dualauth/core'
import { expect, it } from 'vitest'
import { fileOf } from './snippets.js'

it('libSQL binds placeholders by number, in any order, and reports what fails', async () => {
  const file = fileOf('docs/drivers.md', 'libsql.ts')
  const { queryOver } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    queryOver: (client: unknown) => Query
  }
  const { createClient } = createRequire(file)('@libsql/client') as { createClient(options: object): unknown }
  const query = queryOver(createClient({ url: ':memory:' }))
  await query('CREATE TABLE "session" (id text, "user" integer)', [])
  await query('INSERT INTO "session" VALUES ($2, $1)', [7, 'a'])
  expect(await query('SELECT * FROM "session" WHERE "user" = $2 AND id = $1 AND $1 <> $3', ['a', 7, 'b'])).toEqual([
    { id: 'a', user: 7 },
  ])
  expect(await query('SELECT id FROM "session" WHERE id = $1', ['b'])).toEqual([])
  await expect(query('SELECT * FROM missing', [])).rejects.toThrow()
})

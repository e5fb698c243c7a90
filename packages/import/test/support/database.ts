import { installSchema } from '@dualauth/postgres'
import { createDatabase, createEmbedded, describeWith } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { Query } from '@dualauth/core'

/** A database with the schema `dualauth`, whose ledger and links are empty before each test. */
export interface TestDatabase {
  readonly query: Query
  /** Rows of a statement without parameters. */
  readonly rows: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
}

const EMPTY = `truncate dualauth.import_item, dualauth.import_run, dualauth.import_target, dualauth.identity_link,
  dualauth.organization_map, dualauth.conflict, dualauth.audit`

export function describePglite(name: string, tests: (database: TestDatabase) => void): void {
  describe(`${name}, on PGlite`, () => {
    let pglite: PGlite
    const query: Query = async (sql, params) =>
      (await pglite.query(sql, [...params])).rows as readonly Record<string, unknown>[]
    beforeAll(async () => {
      pglite = await createEmbedded((from) => PGlite.create(from))
      await installSchema(query)
    })
    beforeEach(async () => void (await query(EMPTY, [])))
    afterAll(() => pglite.close())
    tests({ query, rows: (sql) => query(sql, []) })
  })
}

export function describePostgres(
  name: string,
  tests: (database: TestDatabase & { readonly url: () => string; readonly pool: () => Pool }) => void,
): void {
  describeWith('PostgreSQL', `${name}, on PostgreSQL`, () => {
    let url: string
    let pool: Pool
    const query: Query = async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows
    beforeAll(async () => {
      url = await createDatabase()
      pool = new Pool({ connectionString: url, max: 20 })
      pool.on('error', () => {})
      await installSchema(query)
    })
    beforeEach(async () => void (await query(EMPTY, [])))
    afterAll(() => pool.end())
    tests({ query, rows: (sql) => query(sql, []), url: () => url, pool: () => pool })
  })
}

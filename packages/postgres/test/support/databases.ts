import { createDatabase, createEmbedded, describeWith } from '@dualauth/servers'
import { Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe } from 'vitest'
import { PGlite } from '@electric-sql/pglite'
import type { Query } from '@dualauth/core'

/** A database of its own for one test file, empty. */
export interface TestDatabase {
  /** Runs one statement with parameters. */
  readonly query: Query
  /** Runs a script of the test: the tables of its application. */
  run(script: string): Promise<void>
}

const DRIVERS: Record<string, (url: string) => { readonly query: Query; close(): Promise<unknown> }> = {
  pg(connectionString) {
    const pool = new Pool({ connectionString, max: 20 })
    pool.on('error', () => {})
    return {
      query: async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows,
      close: () => pool.end(),
    }
  },
  'postgres.js'(url) {
    const sql = postgres(url, { onnotice: () => {}, max: 20 })
    return { query: (text, params) => sql.unsafe(text, [...params] as never[]), close: () => sql.end() }
  },
}

/** The tests on PGlite, and on a real server by each of two drivers. */
export function describeDatabases(name: string, tests: (database: TestDatabase) => void): void {
  describe(`${name}, on PGlite`, () => {
    let pglite: PGlite
    beforeAll(async () => void (pglite = await createEmbedded((from) => PGlite.create(from))))
    afterAll(() => pglite.close())
    tests({
      query: async (sql, params) => (await pglite.query(sql, [...params])).rows as Record<string, unknown>[],
      run: async (script) => void (await pglite.exec(script)),
    })
  })
  describePostgres(name, tests)
}

/** The tests on a real server only: where several connections matter. */
export function describePostgres(
  name: string,
  tests: (database: TestDatabase) => void,
  drivers: readonly string[] = Object.keys(DRIVERS),
): void {
  for (const driver of drivers)
    describeWith('PostgreSQL', `${name}, on PostgreSQL by ${driver}`, () => {
      let opened: ReturnType<(typeof DRIVERS)[string]>
      let admin: Pool
      beforeAll(async () => {
        const url = await createDatabase()
        opened = DRIVERS[driver]!(url)
        admin = new Pool({ connectionString: url, max: 1 })
        admin.on('error', () => {})
      })
      afterAll(async () => {
        await opened.close()
        await admin.end()
      })
      tests({
        query: (sql, params) => opened.query(sql, params),
        run: async (script) => void (await admin.query(script)),
      })
    })
}

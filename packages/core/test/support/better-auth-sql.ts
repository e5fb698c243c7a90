import type { PGlite } from '@electric-sql/pglite'
import { getMigrations } from 'better-auth/db/migration'
import initSqlJs, { type SqlValue } from 'sql.js'
import type { Query } from '../../src/index.js'
import { COMMON, serverOf, VERSIONS, type BetterAuthServer, type Version } from './better-auth-servers.js'

type Row = Record<string, unknown>

export interface SqlServer {
  readonly server: BetterAuthServer
  readonly query: Query
}

/** A real server over Postgres, with its own migrations. */
export async function startOnPostgres(version: Version, pg: PGlite, options: object): Promise<SqlServer> {
  // The shape of a pool that Better Auth's own Postgres dialect asks for.
  const client = {
    async query(sql: string, params: unknown[] = []) {
      const { rows, affectedRows } = await pg.query(sql, params)
      return { command: sql.trim().split(/\s/)[0]?.toUpperCase(), rowCount: affectedRows ?? rows.length, rows }
    },
    release: () => {},
  }
  const query: Query = async (sql, params) => (await pg.query(sql, [...params])).rows as Row[]
  return migrated(version, { connect: async () => client, end: async () => {} }, options, query)
}

/** A real server over SQLite (WebAssembly, so that nothing is compiled), with its own migrations. */
export async function startOnSqlite(version: Version, options: object): Promise<SqlServer> {
  const database = new (await initSqlJs()).Database()
  const run = (sql: string, params: readonly unknown[]): Row[] => {
    const statement = database.prepare(sql)
    try {
      // Postgres numbers its parameters, SQLite takes `$1` for a name.
      const named = Object.fromEntries(params.map((value, index) => [`$${index + 1}`, value as SqlValue]))
      statement.bind(sql.includes('$1') ? named : ([...params] as SqlValue[]))
      const rows: Row[] = []
      while (statement.step()) rows.push(statement.getAsObject())
      return rows
    } finally {
      statement.free()
    }
  }
  // The shape of better-sqlite3, which Better Auth recognises by `aggregate`.
  const connection = {
    aggregate: true,
    close: () => database.close(),
    prepare: (sql: string) => ({
      reader: /^\s*(select|with|pragma)|\breturning\b/i.test(sql),
      all: (params: unknown[]) => run(sql, params),
      *iterate(params: unknown[]) {
        yield* run(sql, params)
      },
      run(params: unknown[]) {
        run(sql, params)
        return { changes: database.getRowsModified(), lastInsertRowid: 0 }
      },
    }),
  }
  return migrated(version, connection, options, async (sql, params) => run(sql, params))
}

/** A server over any database, with its own migrations. */
export async function migrated(version: Version, database: unknown, options: object, query: Query): Promise<SqlServer> {
  const all = { ...COMMON, database, ...options }
  await (await getMigrations(all as never)).runMigrations()
  return { server: serverOf(VERSIONS[version].betterAuth(all)), query }
}

import type { Query } from '@dualauth/core'
import type { Listen } from '../policy/postgres-policy.js'

/** A database that this package opened. */
export interface Database {
  /** Runs one statement with `$1…$n`; what `sqlSessions`, `accounts` and `storedApiKeys` take. */
  readonly query: Query
  /**
   * The same database as a pool of node-postgres, for anything that takes one: Better Auth as its `database`, Kysely, a
   * script for the application's own tables. Embedded, it is a pool of one connection: while a client is checked out,
   * everything else waits, including `query`. So do not wait for `query` within a transaction of the pool.
   */
  readonly pool: DatabasePool
  /** Receives notifications on its own connection, which is reopened if it breaks. For `postgresPolicy`. */
  readonly listen: Listen
  close(): Promise<void>
}

/** What node-postgres and PGlite have in common as a pool; can be passed to Kysely or Better Auth. */
export interface DatabasePool {
  /** Without `params`, the text may hold several statements. */
  query(sql: string, params?: readonly unknown[]): Promise<DatabaseResult<Record<string, unknown>>>
  connect(): Promise<DatabaseClient>
  /** As `Database.close`. */
  end(): Promise<void>
}

/** A dedicated connection, until it is released. */
export interface DatabaseClient {
  query<R>(sql: string, params: readonly unknown[]): Promise<DatabaseResult<R>>
  /** Throws in an embedded database, which has no cursors. */
  query<R>(cursor: DatabaseCursor<R>): DatabaseCursor<R>
  release(): void
  /**
   * node-postgres only: emitted if the connection breaks while checked out. Without a listener, that ends the process.
   */
  on?(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** The result of a statement. */
export interface DatabaseResult<R> {
  readonly command: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE'
  readonly rowCount: number
  readonly rows: R[]
}

/** Rows in batches; node-postgres only. */
export interface DatabaseCursor<R> {
  read(rowsCount: number): Promise<R[]>
  close(): Promise<void>
}

import type { Query } from '@dualauth/core'
import type { Listen } from '../policy/postgres-policy.js'

/** A database that this package opened. */
export interface Database {
  /** Runs one statement with `$1…$n`; what `sqlSessions`, `accounts` and `storedApiKeys` take. */
  readonly query: Query
  /**
   * The same database as a pool of node-postgres, for what takes one: Better Auth as its `database`, Kysely, a script of
   * the application's own tables. Embedded, it is a pool of one connection: while a client is checked out, everybody
   * else waits, `query` included. So do not wait for `query` within a transaction of the pool.
   */
  readonly pool: DatabasePool
  /** Receives notifications on a connection of its own, which is opened again where it breaks. For `postgresPolicy`. */
  readonly listen: Listen
  close(): Promise<void>
}

/** What node-postgres and PGlite have in common as a pool; assignable where Kysely or Better Auth takes one. */
export interface DatabasePool {
  /** Without `params`, the text may hold several statements. */
  query(sql: string, params?: readonly unknown[]): Promise<DatabaseResult<Record<string, unknown>>>
  connect(): Promise<DatabaseClient>
  /** As `Database.close`. */
  end(): Promise<void>
}

/** A connection of its own, until it is released. */
export interface DatabaseClient {
  query<R>(sql: string, params: readonly unknown[]): Promise<DatabaseResult<R>>
  /** Embedded, there are none: throws. */
  query<R>(cursor: DatabaseCursor<R>): DatabaseCursor<R>
  release(): void
  /** Of node-postgres: a connection that breaks while it is checked out says so, and ends the process where nobody listens. */
  on?(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** What a statement gave. */
export interface DatabaseResult<R> {
  readonly command: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE'
  readonly rowCount: number
  readonly rows: R[]
}

/** Rows in portions; node-postgres only. */
export interface DatabaseCursor<R> {
  read(rowsCount: number): Promise<R[]>
  close(): Promise<void>
}

import type { PGlite, Results } from '@electric-sql/pglite'
import type { DatabaseClient, DatabasePool, DatabaseResult } from './database.js'

/**
 * PGlite as a pool. It has a single connection, so a checked-out client has it alone: a statement from elsewhere in the
 * middle of a transaction would be part of it, and would be rolled back with it.
 */
export function pglitePool(pglite: PGlite): DatabasePool {
  let last: Promise<void> = Promise.resolve()

  /** Waits for everything ahead in the queue; the returned function lets the next one in. */
  async function turn(): Promise<() => void> {
    const before = last
    let done = (): void => {}
    last = new Promise((resolve) => (done = resolve))
    await before
    return done
  }

  return {
    async query(sql, params) {
      const done = await turn()
      try {
        if (params !== undefined) return resultOf(sql, await pglite.query(sql, [...params]))
        return resultOf(sql, (await pglite.exec(sql)).at(-1))
      } finally {
        done()
      }
    },
    async connect() {
      const done = await turn()
      const query = async (sql: unknown, params: readonly unknown[] = []): Promise<DatabaseResult<unknown>> => {
        if (typeof sql !== 'string') throw new TypeError('embedded: PGlite has no cursors')
        return resultOf(sql, await pglite.query(sql, [...params]))
      }
      return { query: query as DatabaseClient['query'], release: done }
    },
    end: () => pglite.close(),
  }
}

function resultOf<R>(sql: string, result: Results<R> | undefined): DatabaseResult<R> {
  const command = sql.trim().split(/\s/, 1)[0]!.toUpperCase() as DatabaseResult<R>['command']
  if (result === undefined) return { command, rowCount: 0, rows: [] }
  return { command, rowCount: result.affectedRows ?? result.rows.length, rows: result.rows }
}

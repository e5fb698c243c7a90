import type { Query } from '@dualauth/core'
import type { DatabasePool } from '@dualauth/postgres'

/** Runs `work` on one connection, and rolls back if it rejects. */
export async function inTransaction<T>(
  pool: Pick<DatabasePool, 'connect'>,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  // A connection that breaks between two statements: the next one reports it.
  client.on?.('error', ignore)
  const query: Query = async (sql, params) =>
    (await client.query<Record<string, unknown>>(sql, params as readonly unknown[])).rows
  try {
    // The next statement sees what another transaction has committed meanwhile, whatever the database's default is.
    await query('begin isolation level read committed', [])
    const done = await work(query)
    await query('commit', [])
    return done
  } catch (error) {
    await query('rollback', []).catch(() => {})
    throw error
  } finally {
    client.off?.('error', ignore)
    client.release()
  }
}

function ignore(): void {}

/** Runs `work` so that a refused statement does not spoil the surrounding transaction. */
export async function within<T>(query: Query, isTransaction: boolean, work: () => Promise<T>): Promise<T> {
  if (!isTransaction) return work()
  await query('savepoint dualauth_item', [])
  try {
    const done = await work()
    await query('release savepoint dualauth_item', [])
    return done
  } catch (error) {
    await query('rollback to savepoint dualauth_item', []).catch(() => {})
    throw error
  }
}

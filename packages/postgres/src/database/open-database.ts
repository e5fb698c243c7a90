import { optionError } from '@dualauth/core/settings'
import type { Database } from './database.js'
import { embedded } from './embedded.js'
import { installed } from './installed.js'
import { createListeners } from './listeners.js'

/**
 * The database that a URL names: `postgres://…` by `pg`, a `file:` URL or a path by PGlite in that folder, and none at
 * all by PGlite in memory. So `await openDatabase(env.DATABASE_URL)` runs everywhere.
 *
 * A server is left as it is: call `installSchema(query)` where the schema `dualauth` shall be created.
 *
 * @throws {AuthError} `configuration_invalid`: another kind of URL, or the driver is not installed.
 */
export async function openDatabase(url?: string): Promise<Database> {
  if (url === undefined || url === '') return embedded()
  if (/^postgres(?:ql)?:\/\//i.test(url)) return connect(url)
  // Nothing of the URL in the message: it may hold a password.
  if (/^(?!file:)[a-z][a-z\d+.-]*:\/\//i.test(url))
    throw optionError('openDatabase.url', 'must begin with postgres:// or file:')
  return embedded({ folder: url.replace(/^file:(?:\/\/)?/i, '') })
}

/** An unreachable server must not keep requests for as long as the network does. */
const CONNECT_MS = 5000

async function connect(connectionString: string): Promise<Database> {
  const { default: pg } = await installed('pg', 'openDatabase', () => import('pg'))
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: CONNECT_MS })
  // An idle connection that breaks must not end the process; the next statement says what is wrong.
  pool.on('error', () => {})
  const listeners = createListeners(() => new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MS }))
  return {
    query: async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows,
    pool,
    listen: listeners.listen,
    close: async () => {
      await listeners.close()
      await pool.end()
    },
  }
}

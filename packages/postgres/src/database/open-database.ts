import { object, optionError, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Database } from './database.js'
import { embedded, inMemory } from './embedded.js'
import { installed } from './installed.js'
import { createListeners } from './listeners.js'

/** The options of `openDatabase`. */
export interface OpenDatabaseOptions {
  /**
   * The server cancels a statement after this time in milliseconds, for example while it waits for a lock; nothing is
   * changed then. Applies to `query` and `pool`. A script that takes longer sets `statement_timeout` on its own client.
   * Default 10000; 0 sends no limit, for poolers that refuse `statement_timeout` when a connection starts. The URL's
   * own `?statement_timeout=`, in milliseconds too, wins. Ignored by an embedded database.
   */
  readonly statementTimeoutMs?: number
}

const schema = object({ statementTimeoutMs: z._default(wholeBetween(0, 3_600_000), 10_000) })

/**
 * Opens the database that a URL names: `postgres://…` with `pg`, a `file:` URL or a path with PGlite in that folder, no
 * URL with PGlite in memory. So `await openDatabase(env.DATABASE_URL)` runs everywhere.
 *
 * A server is not changed: call `installSchema(query)` to create the schema `dualauth`.
 *
 * @throws {AuthError} `configuration_invalid`: another kind of URL, the driver is not installed, or an option is wrong.
 */
export async function openDatabase(url?: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const { statementTimeoutMs } = parseOptions(schema, options, 'openDatabase')
  if (url === undefined || url === '') return inMemory()
  if (/^postgres(?:ql)?:\/\//i.test(url)) return connect(url, statementTimeoutMs)
  // The message must not contain the URL: it may hold a password.
  if (/^(?!file:)[a-z][a-z\d+.-]*:\/\//i.test(url))
    throw optionError('openDatabase.url', 'must begin with postgres:// or file:')
  return embedded({ folder: url.replace(/^file:(?:\/\/)?/i, '') })
}

/** An unreachable server must not hold requests until the network times out. */
const CONNECT_MS = 5000
/** Added to our own limit, so that the server's error arrives first unless the connection is gone. */
const ANSWER_MS = 1000

const OWN_LIMIT = /([?&])statement_timeout=(\d+)(?:&|$)/

async function connect(url: string, limitMs: number): Promise<Database> {
  const { default: pg } = await installed('pg', 'openDatabase', () => import('pg'))
  const own = OWN_LIMIT.exec(url)?.[2]
  const timeoutMs = own === undefined ? limitMs : Number(own)
  // Otherwise the value in the URL would be sent, even 0.
  const connectionString = url.replace(OWN_LIMIT, '$1')
  const pool = new pg.Pool({
    connectionString,
    connectionTimeoutMillis: CONNECT_MS,
    // With 0, node-postgres sends no limit.
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs === 0 ? 0 : timeoutMs + ANSWER_MS,
  })
  // An idle connection that breaks must not end the process; the next statement says what is wrong.
  pool.on('error', () => {})
  // A connection can break in the very packet that frees it, before anybody can listen; the next statement says so.
  pool.on('connect', (client) => void client.on('error', () => {}))
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

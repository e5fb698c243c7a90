import { object, optionError, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Database } from './database.js'
import { embedded, inMemory } from './embedded.js'
import { installed } from './installed.js'
import { createListeners } from './listeners.js'

/** How `openDatabase` asks a server. */
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
 * The database that a URL names: `postgres://…` by `pg`, a `file:` URL or a path by PGlite in that folder, and none at
 * all by PGlite in memory. So `await openDatabase(env.DATABASE_URL)` runs everywhere.
 *
 * A server is left as it is: call `installSchema(query)` where the schema `dualauth` shall be created.
 *
 * @throws {AuthError} `configuration_invalid`: another kind of URL, or the driver is not installed, or a wrong option.
 */
export async function openDatabase(url?: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const { statementTimeoutMs } = parseOptions(schema, options, 'openDatabase')
  if (url === undefined || url === '') return inMemory()
  if (/^postgres(?:ql)?:\/\//i.test(url)) return connect(url, statementTimeoutMs)
  // Nothing of the URL in the message: it may hold a password.
  if (/^(?!file:)[a-z][a-z\d+.-]*:\/\//i.test(url))
    throw optionError('openDatabase.url', 'must begin with postgres:// or file:')
  return embedded({ folder: url.replace(/^file:(?:\/\/)?/i, '') })
}

/** An unreachable server must not keep requests for as long as the network does. */
const CONNECT_MS = 5000
/** The server answers first, unless the network between has gone. */
const ANSWER_MS = 1000

const OWN_LIMIT = /([?&])statement_timeout=(\d+)(?:&|$)/

async function connect(url: string, limitMs: number): Promise<Database> {
  const { default: pg } = await installed('pg', 'openDatabase', () => import('pg'))
  const own = OWN_LIMIT.exec(url)?.[2]
  const timeoutMs = own === undefined ? limitMs : Number(own)
  // What stands in the URL would be sent, be it 0.
  const connectionString = url.replace(OWN_LIMIT, '$1')
  const pool = new pg.Pool({
    connectionString,
    connectionTimeoutMillis: CONNECT_MS,
    // Of 0, node-postgres sends none.
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs === 0 ? 0 : timeoutMs + ANSWER_MS,
  })
  // An idle connection that breaks must not end the process; the next statement says what is wrong.
  pool.on('error', () => {})
  // One that breaks in the very packet that frees it is handed on before anybody can listen: the next statement says so.
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

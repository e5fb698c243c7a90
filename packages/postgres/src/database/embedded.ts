import { object, parseOptions, text } from '@dualauth/core/settings'
import type { PGlite } from '@electric-sql/pglite'
import type { Query } from '@dualauth/core'
import * as z from 'zod/mini'
import { installSchema } from '../schema/install-schema.js'
import type { Database } from './database.js'
import { lockFolder } from './folder-lock.js'
import { installed } from './installed.js'
import { pglitePool } from './pglite-pool.js'

/** The options of `embedded`. */
export interface EmbeddedOptions {
  /** The data folder, to keep data between runs. Default: in memory, lost when the process ends. */
  readonly folder?: string
}

const schema = object({ folder: z.exactOptional(text) })

/**
 * PostgreSQL inside this process (PGlite), with the schema `dualauth`: for laptops, demos and tests. Only one process
 * at a time may open a folder; it holds a lock file there, `dualauth.lock`, until the database is closed or the process
 * ends. The first one takes some seconds and several hundred megabytes.
 *
 * @throws {AuthError} `configuration_invalid`: `@electric-sql/pglite` is not installed, or an option is wrong.
 * @throws {Error} With the code `EBUSY`: the folder is already open.
 */
export async function embedded(options: EmbeddedOptions = {}): Promise<Database> {
  const { folder } = parseOptions(schema, options, 'embedded')
  return start(await installed(PACKAGE, 'embedded', load), folder)
}

/**
 * For `openDatabase`. If the package is missing, a forgotten URL is the likelier mistake, so the message names that.
 */
export async function inMemory(): Promise<Database> {
  const missing = `names no database: is DATABASE_URL set? Without it, a database in memory needs the package ${PACKAGE}`
  return start(await installed(PACKAGE, 'openDatabase.url', load, missing))
}

const PACKAGE = '@electric-sql/pglite'
const load = () => import('@electric-sql/pglite')

async function start({ PGlite }: Awaited<ReturnType<typeof load>>, folder?: string): Promise<Database> {
  // Other PGlite file systems, such as memory://, are not shared.
  const unlock = folder === undefined || folder.includes('://') ? async () => {} : await lockFolder(folder)
  try {
    return await opened(await PGlite.create(folder ?? 'memory://'), unlock)
  } catch (error) {
    await unlock()
    throw error
  }
}

async function opened(pglite: PGlite, unlock: () => Promise<void>): Promise<Database> {
  const pool = pglitePool(pglite)
  const query: Query = async (sql, params) => (await pool.query(sql, params)).rows
  await installSchema(query)
  return {
    query,
    pool,
    listen: async (channel, notified) => {
      const stop = await pglite.listen(channel, notified)
      return async () => {
        if (!pglite.closed) await stop()
      }
    },
    close: async () => {
      await pool.end()
      await unlock()
    },
  }
}

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
  /** The folder of the data, to keep it between runs. Default: in memory, lost when the process ends. */
  readonly folder?: string
}

const schema = object({ folder: z.exactOptional(text) })

/**
 * PostgreSQL inside this process (PGlite), with the schema `dualauth`: for a laptop, a demo and tests. One process at a
 * time may open a folder: it holds a lock file there, `dualauth.lock`, until it is closed or ends. Takes some seconds and several hundred megabytes for the first one.
 *
 * @throws {AuthError} `configuration_invalid`: `@electric-sql/pglite` is not installed, or a wrong option.
 * @throws {Error} With the code `EBUSY`: the folder is open already.
 */
export async function embedded(options: EmbeddedOptions = {}): Promise<Database> {
  const { folder } = parseOptions(schema, options, 'embedded')
  return start(await installed(PACKAGE, 'embedded', load), folder)
}

/** For `openDatabase`. Without its package, a URL that was forgotten is the likelier mistake, so that is what is named. */
export async function inMemory(): Promise<Database> {
  const missing = `names no database: is DATABASE_URL set? Without it, a database in memory needs the package ${PACKAGE}`
  return start(await installed(PACKAGE, 'openDatabase.url', load, missing))
}

const PACKAGE = '@electric-sql/pglite'
const load = () => import('@electric-sql/pglite')

async function start({ PGlite }: Awaited<ReturnType<typeof load>>, folder?: string): Promise<Database> {
  // Other file systems of PGlite, such as memory://, are nobody else's.
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

import { object, parseOptions, text } from '@dualauth/core/settings'
import type { Query } from '@dualauth/core'
import * as z from 'zod/mini'
import { installSchema } from '../schema/install-schema.js'
import type { Database } from './database.js'
import { installed } from './installed.js'
import { pglitePool } from './pglite-pool.js'

/** What `embedded` takes. */
export interface EmbeddedOptions {
  /** Where the data is kept, between runs too; default: in memory, gone when the process ends. */
  readonly folder?: string
}

const schema = object({ folder: z.exactOptional(text) })

/**
 * PostgreSQL inside this process (PGlite), with the schema `dualauth`: for a laptop, a demo and tests. One process at a
 * time may open a folder. Takes some seconds and several hundred megabytes for the first one.
 *
 * @throws {AuthError} `configuration_invalid`: `@electric-sql/pglite` is not installed, or a wrong option.
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
  const pglite = await PGlite.create(folder ?? 'memory://')
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
    close: pool.end,
  }
}

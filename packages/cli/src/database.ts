import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openDatabase, type Database } from '@dualauth/postgres'
import { CliError, EXIT } from './exit.js'
import { connectionFailure } from './failure.js'
import type { Session } from './session.js'

/** Opens the database of the command, and closes it whatever happens. */
export async function withDatabase<T>(
  session: Session,
  work: (database: Database) => Promise<T>,
  { mayCreate = false }: { readonly mayCreate?: boolean } = {},
): Promise<T> {
  const database = await open(session, mayCreate)
  try {
    return await work(database)
  } finally {
    await database.close().catch(() => {})
  }
}

/** Whether the database is a folder, opened by PGlite: it gets the schema when it is opened. */
export function isFolder(url: string): boolean {
  return !/^(?!file:)[a-z][a-z\d+.-]*:\/\//i.test(url)
}

async function open({ database: url, terminal }: Session, mayCreate: boolean): Promise<Database> {
  if (url === undefined || url === '')
    throw new CliError(EXIT.usage, 'Name the database: set DATABASE_URL, or use --database.')
  const folder = isFolder(url) ? resolve(terminal.cwd, url.replace(/^file:(?:\/\/)?/i, '')) : null
  // A misspelt path must not become a new, empty database.
  if (folder !== null && !mayCreate && !existsSync(folder))
    throw new CliError(EXIT.unreachable, 'There is no database in that folder.')
  try {
    const database = await openDatabase(folder === null ? url : `file:${folder}`)
    await database.query('select 1 as one', []).catch(async (error: unknown) => {
      await database.close().catch(() => {})
      throw error
    })
    return database
  } catch (error) {
    throw connectionFailure(error)
  }
}

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openDatabase, type Database } from '@dualauth/postgres'
import { CliError, EXIT } from './exit.js'
import { connectionFailure } from './failure.js'
import type { Session } from './session.js'

/** Opens the command's database and always closes it. */
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

/** Whether the database is a folder, opened by PGlite: opening it also creates the schema. */
export function isFolder(url: string): boolean {
  return !/^(?!file:)[a-z][a-z\d+.-]*:\/\//i.test(url)
}

async function open({ database: url, terminal }: Session, mayCreate: boolean): Promise<Database> {
  if (url === undefined || url === '')
    throw new CliError(EXIT.usage, 'Name the database: set DATABASE_URL, or use --database.')
  // Worded for this command, and without the URL, which may contain a password.
  if (!isFolder(url) && !/^postgres(?:ql)?:\/\//i.test(url))
    throw new CliError(
      EXIT.usage,
      'The URL of the database must begin with postgres://, or with file: for a folder of PGlite.',
    )
  const folder = isFolder(url) ? resolve(terminal.cwd, url.replace(/^file:(?:\/\/)?/i, '')) : null
  // A misspelt path must not become a new, empty database.
  if (folder !== null && !mayCreate && !existsSync(folder))
    throw new CliError(
      EXIT.unreachable,
      'There is no such folder. The URL of a server begins with postgres://; anything else is taken for a folder of PGlite.',
    )
  try {
    if (folder !== null) return await tried(await openDatabase(`file:${folder}`))
    return await tried(await openDatabase(url)).catch(async (error: unknown) => {
      if (!isPoolers(error)) throw error
      return tried(await openDatabase(url, { statementTimeoutMs: 0 }))
    })
  } catch (error) {
    throw connectionFailure(error)
  }
}

async function tried(database: Database): Promise<Database> {
  try {
    await database.query('select 1 as one', [])
    return database
  } catch (error) {
    await database.close().catch(() => {})
    throw error
  }
}

/** PgBouncer refuses connections that set a statement timeout. */
function isPoolers(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === '08P01'
}

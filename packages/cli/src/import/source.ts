import { existsSync, readFileSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import type { Database } from '@dualauth/postgres'
import type { Source } from '@dualauth/import'
import { CliError, EXIT } from '../exit.js'
import type { Session } from '../session.js'
import type { PartOptions } from './parts.js'

/** What a source is opened with. */
export interface Ways {
  readonly library: typeof import('@dualauth/import')
  /** Opens a URL. Without one, or with the URL of `--database`, returns the ledger's database. */
  readonly database: (url: string | undefined) => Promise<Database>
}

/** Forms of `--from` that name a kind of export, followed by its argument. */
const KIND = /^(authjs|auth0|clerk|workos-package)(?::(.*))?$/s

export async function sourceOf({ terminal }: Session, options: PartOptions, ways: Ways): Promise<Source> {
  const { from = terminal.env['SOURCE_DATABASE_URL'], hashes } = options
  const { library, database } = ways
  const path = (name: string): string => existing(resolve(terminal.cwd, name))
  const [, kind, rest = ''] = KIND.exec(from ?? '') ?? []
  const maybe = hashes === undefined ? {} : { passwords: path(hashes) }
  if (hashes !== undefined && kind !== 'auth0' && kind !== 'clerk')
    throw new CliError(EXIT.usage, '--hashes goes with --from auth0:FILE or --from clerk:FILE.')
  if (kind === undefined) return plainOf(from, { cwd: terminal.cwd, options, ways })
  if (kind === 'authjs') {
    const { query } = await database(rest === '' ? terminal.env['SOURCE_DATABASE_URL'] : rest)
    return library.authJsSource({ query })
  }
  if (rest === '') throw new CliError(EXIT.usage, `Name the file: --from ${kind}:FILE.`)
  if (kind === 'auth0') return library.auth0Source({ users: path(rest), ...maybe })
  if (kind === 'clerk') return library.clerkSource({ users: path(rest), ...maybe })
  return library.workosPackageSource({ from: path(rest) })
}

/** Files in our own formats, and any SELECT. */
async function plainOf(
  from: string | undefined,
  { cwd, options, ways }: { readonly cwd: string; readonly options: PartOptions; readonly ways: Ways },
): Promise<Source> {
  const { library, database } = ways
  const { people, organizations, memberships, groups } = options
  if (from !== undefined && !/^postgres(?:ql)?:/i.test(from)) return fileOf(existing(resolve(cwd, from)), library)
  if (people === undefined)
    throw new CliError(EXIT.usage, 'Say who is imported: --people with a SELECT, --from with a file, or --config.')
  const { query } = await database(from)
  const statement = (text: string): string => (text.startsWith('@') ? readText(resolve(cwd, text.slice(1))) : text)
  return library.sqlSource({
    query,
    people: statement(people),
    ...(organizations !== undefined && { organizations: statement(organizations) }),
    ...(memberships !== undefined && { memberships: statement(memberships) }),
    ...(groups !== undefined && { groups: statement(groups) }),
  })
}

function existing(path: string): string {
  if (!existsSync(path)) throw new CliError(EXIT.usage, 'There is no such file or folder to import from.')
  return path
}

function fileOf(path: string, { ndjsonSource, csvSource }: Ways['library']): Source {
  if (statSync(path).isDirectory()) return ndjsonSource(path)
  return extname(path).toLowerCase() === '.csv' ? csvSource({ people: path }) : ndjsonSource({ people: path })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new CliError(EXIT.usage, 'A file of SQL that is named by @ cannot be read.')
  }
}

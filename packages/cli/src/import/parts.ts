import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isAuthError } from '@dualauth/core'
import { openDatabase, type Database } from '@dualauth/postgres'
import type { ImportOptions, Target } from '@dualauth/import'
import { CliError, EXIT } from '../exit.js'
import { connectionFailure } from '../failure.js'
import type { Session } from '../session.js'
import { sourceOf, type Ways } from './source.js'

/** Where people come from and go to, as given on the command line. */
export interface PartOptions {
  readonly from?: string
  readonly hashes?: string
  readonly people?: string
  readonly organizations?: string
  readonly memberships?: string
  readonly groups?: string
  readonly to?: string
  readonly passwords?: string
  readonly config?: string
}

/** The parts of an import, and what to close afterwards. */
export interface ImportParts extends Pick<ImportOptions, 'source' | 'target' | 'link'> {
  readonly close: () => Promise<void>
}

type Library = Ways['library']

/** Only users who import install this package. */
export async function loadLibrary(): Promise<Library> {
  try {
    return await import('@dualauth/import')
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new CliError(EXIT.usage, 'This needs another package: npm install --save-dev @dualauth/import')
  }
}

/** @param ledger The database of `--database`. The source and target are in it by default. */
export async function openParts(session: Session, options: PartOptions, ledger: Database): Promise<ImportParts> {
  const library = await loadLibrary()
  const exported = options.config === undefined ? {} : await load(session, options.config)
  const opened: Database[] = []
  const database = async (url: string | undefined): Promise<Database> => {
    if (url === undefined || url === '' || url === session.database) return ledger
    try {
      const one = await openDatabase(url, { statementTimeoutMs: 0 })
      opened.push(one)
      return one
    } catch (error) {
      throw connectionFailure(error)
    }
  }
  const source = exported.source ?? (await sourceOf(session, options, { library, database }))
  const target = exported.target ?? (await targetOf(session, options, { library, database, ledger }))
  return {
    source,
    target,
    ...(exported.link !== undefined && { link: exported.link }),
    async close() {
      for (const one of [source, target]) await one.close?.()
      for (const one of opened) await one.close()
    },
  }
}

async function targetOf(
  { terminal }: Session,
  { to, passwords }: PartOptions,
  { library, database, ledger }: Ways & { readonly ledger: Database },
): Promise<Target> {
  if (passwords !== undefined && to !== 'better-auth')
    throw new CliError(EXIT.usage, '--passwords is for Better Auth: use it with --to better-auth.')
  if (to?.startsWith('file:') === true) return library.fileTarget({ folder: resolve(terminal.cwd, to.slice(5)) })
  if (to === 'workos') return workosOf(terminal.env, library)
  if (to === 'scim') return scimOf(terminal.env, library)
  if (to !== 'better-auth')
    throw new CliError(
      EXIT.usage,
      'Say where people go: --to better-auth, --to workos, --to scim, --to file:FOLDER, or --config.',
    )
  const { query, pool } = await database(terminal.env['TARGET_DATABASE_URL'])
  // In the ledger's own database, everything is one transaction.
  return library.betterAuthTarget({
    query,
    ...(query === ledger.query ? { pool } : { connections: pool }),
    ...(passwords !== undefined && { passwords: formatsOf(passwords, library) }),
  })
}

/** A misspelt name would leave everybody with that kind of hash without a password. */
function formatsOf(names: string, { PASSWORD_FORMATS }: Library): readonly string[] {
  const formats = names.split(',').map((format) => format.trim())
  const unknown = formats.find((format) => !PASSWORD_FORMATS.includes(format))
  if (unknown === undefined) return formats
  throw new CliError(
    EXIT.usage,
    `--passwords: unknown format "${unknown}"; the known formats are ${PASSWORD_FORMATS.join(', ')}. Formats of your own: --config.`,
  )
}

function workosOf(env: Session['terminal']['env'], { workosTarget }: Library): Target {
  const { WORKOS_API_KEY: apiKey = '', WORKOS_API_URL: apiUrl } = env
  if (apiKey === '')
    throw new CliError(EXIT.usage, 'Set WORKOS_API_KEY to the API key of the environment: --to workos.')
  return workosTarget({ apiKey, ...(apiUrl !== undefined && apiUrl !== '' && { apiUrl }) })
}

function scimOf(env: Session['terminal']['env'], { scimTarget }: Library): Target {
  const { SCIM_URL: baseUrl = '', SCIM_TOKEN: token = '' } = env
  if (baseUrl === '' || token === '')
    throw new CliError(
      EXIT.usage,
      'Set SCIM_URL, such as https://id.example.com/scim/v2, and SCIM_TOKEN, a bearer token of it: --to scim.',
    )
  return scimTarget({ baseUrl, token })
}

/** A module of the application, for what a command line cannot express. */
async function load(
  { terminal }: Session,
  path: string,
): Promise<Partial<Pick<ImportOptions, 'source' | 'target' | 'link'>>> {
  const url = pathToFileURL(resolve(terminal.cwd, path)).href
  try {
    const module = (await import(url)) as { readonly default?: unknown }
    return (module.default ?? module) as Partial<ImportOptions>
  } catch (error) {
    if (isAuthError(error)) throw error
    const words = error instanceof Error ? error.message : String(error)
    throw new CliError(EXIT.usage, `The module of --config cannot be loaded: ${words}`)
  }
}

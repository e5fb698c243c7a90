import { isAuthError } from '@dualauth/core'
import { CliError, EXIT } from './exit.js'

/** Node's error codes for failed connections. */
const UNREACHABLE =
  /^(?:E(?:CONN|HOST|NET|TIMEDOUT|PIPE|ADDR|NOTFOUND|AI_)|ENOENT$|ERR_TLS|ERR_SSL|CERT_|\w+_CERT|UNABLE_TO_)/
/** Classes of SQLSTATE: no connection, no login, no such database, out of resources, shut down. */
const AWAY = /^(?:08|28|3D|53|57|58)/
/** No such table, schema, column or function. */
const ABSENT = ['42P01', '3F000', '42703', '42883']

/**
 * Why a database could not be opened. Only the driver's error code is shown: the rest may repeat parts of a misspelt
 * URL, such as its password.
 */
export function connectionFailure(error: unknown): unknown {
  const code = codeOf(error)
  if (isAuthError(error)) return error
  if (code === 'ERR_INVALID_URL') return new CliError(EXIT.usage, 'The URL of the database cannot be read.')
  // A locked PGlite folder; the message is ours and names the lock's owner.
  if (code === 'EBUSY' && error instanceof Error)
    return new CliError(EXIT.unreachable, sentence(error.message.replace(/^embedded: /, '')), { mayPass: true })
  if (code?.startsWith('28')) return unreachable('refused the login', code)
  if (code === '3D000') return unreachable('does not exist on that server', code)
  return unreachable('cannot be reached', code)
}

/** Why a command failed, worded for its user. Null: a bug in this command. */
export function failureOf(error: unknown): CliError | null {
  if (error instanceof CliError) return error
  if (isAuthError(error) && error.code === 'configuration_invalid')
    return new CliError(EXIT.usage, error.message.replace(/^policies\.\w+\.document/, 'policy'))
  if (isTargets(error))
    return new CliError(
      EXIT.unreachable,
      error.code === 'folder_in_use'
        ? 'Another import is writing into that folder (folder_in_use).'
        : `The target accepts nothing at the moment (${error.code}).`,
      { mayPass: true },
    )
  const code = codeOf(error)
  if (code !== null && ABSENT.includes(code))
    return new CliError(
      EXIT.noSchema,
      `The schema dualauth is missing there, or older than this command (${code}): run \`dualauth schema --apply\`.`,
    )
  if (code === '42501')
    return new CliError(
      EXIT.noPrivilege,
      `The role of the database lacks a privilege ${deniedOn(error)} (${code}). What each role needs: docs/cli.md, "Privileges".`,
    )
  if (code === '57014')
    return new CliError(
      EXIT.unreachable,
      'The database cancelled a statement that ran too long or waited for a lock (57014); nothing was changed. For more time, in milliseconds: `?statement_timeout=60000` in the URL.',
      { mayPass: true },
    )
  if (code === '25006') return new CliError(EXIT.noPrivilege, `The database is read-only (${code}).`)
  if ((code !== null && (AWAY.test(code) || UNREACHABLE.test(code))) || isTorn(error))
    return unreachable('cannot be reached', code)
  return null
}

function unreachable(what: string, code: string | null): CliError {
  const mayPass = code === null || !(code.startsWith('28') || code === '3D000')
  return new CliError(EXIT.unreachable, `The database ${what}${code === null ? '' : ` (${code})`}.`, { mayPass })
}

/** A `TargetError` of `@dualauth/import`, an optional package. */
function isTargets(error: unknown): error is { readonly code: string } {
  return typeof error === 'object' && error !== null && Symbol.for('dualauth.import.TargetError') in error
}

/** The object that PostgreSQL names, if its messages are in English. */
export function deniedOn(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const [, kind = '', name = ''] =
    /permission denied for (table|view|sequence|schema|function|database) ([\w."]+)/.exec(message) ?? []
  if (kind === 'database') return 'on the database, such as to create the schema'
  return kind === '' ? 'on the schema dualauth or one of its tables' : `on the ${kind} ${name}`
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function codeOf(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null ? (error as { readonly code?: unknown }).code : null
  return typeof code === 'string' && /^\w{2,64}$/.test(code) ? code : null
}

/** node-postgres reports a broken connection without a code. */
function isTorn(error: unknown): boolean {
  return (
    error instanceof Error &&
    /connection terminated|timeout exceeded when trying to connect|query read timeout/i.test(error.message)
  )
}

/**
 * Whether a failed statement may have taken effect because its answer is missing. If the server answered with an error,
 * nothing changed.
 */
export function isInDoubt(error: unknown): boolean {
  const code = codeOf(error)
  return (code !== null && UNREACHABLE.test(code)) || isTorn(error)
}

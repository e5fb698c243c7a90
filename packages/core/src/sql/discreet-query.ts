import { isAuthError } from '../errors/auth-error.js'
import { plainError } from '../errors/plain-error.js'
import { deepest, memberOf } from './inner-error.js'
import type { Query } from './names.js'
import { quotesValues, sqlStateOf } from './sql-state.js'

/** Codes, and names in a schema. Anything else may be text. */
const NAME = /^[\w.$ -]{1,64}$/
/** Shorter values may occur in any message and reveal nothing. */
const MIN_VALUE = 3

/**
 * The same `query` with errors that are safe to log. Drivers put the row into `detail`, PostgreSQL puts the value into
 * the message, and libraries around drivers list all parameters: hashes, tokens, addresses. Errors thrown here have the
 * `code` (SQLSTATE, or the driver's own), the `column` if one is named, a message without parameters, and no cause.
 *
 * All of dualauth calls `query` this way; use it for the application's own queries in `link` and similar functions. A
 * refusal (`AuthError`) passes unchanged.
 *
 * @param query Any driver: `(sql, params) => rows`.
 */
export function discreetQuery(query: Query): Query {
  return async (sql, params) => {
    try {
      return await query(sql, params)
    } catch (error) {
      throw discreetError(error, [sql, ...params])
    }
  }
}

/**
 * Makes one error safe to log, whatever threw it. A refusal (`AuthError`) stays unchanged.
 *
 * @param secrets What the error must not repeat: the statement and all its parameters.
 */
export function discreetError(error: unknown, secrets: readonly unknown[]): Error {
  if (isAuthError(error)) return error
  const source = deepest(error)
  const state = sqlStateOf(error)
  const code = state ?? textOf(source, 'code')
  // Prisma's, which for other databases than PostgreSQL has no SQLSTATE beside it.
  const original = state === null ? null : textOf(source, 'originalMessage')
  const message = textOf(source, 'message') ?? original
  const holds = (text: string): boolean =>
    secrets.some((value) => String(value).length >= MIN_VALUE && text.includes(String(value)))
  const isPlain = message !== null && !holds(message) && (state === null || !quotesValues(state))
  const words = isPlain ? message : 'the database refused or did not answer'
  // postgres.js names them `table_name` and so on, Prisma `{ constraint: { index } }`.
  const nameOf = (what: string): string | null =>
    textOf(source, what) ?? textOf(source, `${what}_name`) ?? textOf(memberOf(source, what), 'index')
  const where = [code, ...['constraint', 'table', 'column'].map(nameOf)]
  const named = where.filter((text) => text !== null && NAME.test(text) && !holds(text)).join(', ')
  const column = nameOf('column')
  const text = named === '' ? words : `${words} (${named})`
  return Object.assign(
    isPlain ? new Error(text) : plainError(text),
    code !== null && !holds(code) && { code },
    column !== null && !holds(column) && { column },
  )
}

function textOf(error: unknown, member: string): string | null {
  const value = memberOf(error, member)
  return typeof value === 'string' && value !== '' ? value : null
}

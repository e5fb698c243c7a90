import { isAuthError } from '../errors/auth-error.js'
import { plainError } from '../errors/plain-error.js'
import { layersOf, memberOf } from './inner-error.js'
import type { Query } from './names.js'
import { quotesValues, sqlStateOf } from './sql-state.js'

/** Codes, and names in a schema. Anything else may be text. */
const NAME = /^[\w.$ -]{1,64}$/
const NO_WORDS = 'the database refused or did not answer'
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
  try {
    return describe(layersOf(error), secrets)
  } catch {
    // A getter of a foreign error threw.
    return plainError(NO_WORDS)
  }
}

/** @param layers Errors that wrap others reveal more: the innermost is repeated. */
function describe(layers: readonly unknown[], secrets: readonly unknown[]): Error {
  const source = layers.at(-1)
  const state = sqlStateOf(layers[0])
  const code = state ?? textOf(source, 'code') ?? textOf(source, 'originalCode') ?? textOf(layers[0], 'code')
  // Prisma's adapters leave the driver's message there.
  const message = textOf(source, 'message') ?? (state === null ? null : textOf(source, 'originalMessage'))
  const holds = (text: string): boolean =>
    secrets.some((value) => String(value).length >= MIN_VALUE && text.includes(String(value)))
  const isPlain = message !== null && !holds(message) && (state === null || !quotesValues(state))
  const words = isPlain ? message : NO_WORDS
  // postgres.js names them `table_name` and so on, Prisma `{ constraint: { index } }`.
  const nameOf = (what: string): string | null =>
    textOf(source, what) ?? textOf(source, `${what}_name`) ?? textOf(memberOf(source, what), 'index')
  const isName = (text: string | null): text is string => text !== null && NAME.test(text) && !holds(text)
  const column = nameOf('column')
  // Where Prisma knows no code of the database, it names the kind: `DatabaseNotReachable`.
  const kind = state === null ? textOf(source, 'kind') : null
  const named = [code, kind, nameOf('constraint'), nameOf('table'), column].filter(isName).join(', ')
  const text = named === '' ? words : `${words} (${named})`
  return Object.assign(
    isPlain ? new Error(text) : plainError(text),
    code !== null && !holds(code) && { code },
    isName(column) && { column },
  )
}

function textOf(error: unknown, member: string): string | null {
  const value = memberOf(error, member)
  return typeof value === 'string' && value !== '' ? value : null
}

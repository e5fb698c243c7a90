import { isAuthError } from '../errors/auth-error.js'
import type { Query } from './names.js'
import { sqlStateOf } from './sql-state.js'

/** Classes of SQLSTATE whose messages speak of tables, rights and connections, and of no value. */
const SPEAKING: readonly string[] = ['08', '25', '28', '3D', '3F', '40', '42', '53', '55', '57', '58', 'XX']
/** Shorter ones stand in any message, and say nothing of anybody. */
const MIN_VALUE = 3

/**
 * The same `query`, whose errors are safe to log. Drivers put the row into `detail`, PostgreSQL puts the value into the
 * message, and what wraps drivers lists all parameters: hashes, tokens, addresses. What is thrown here has the `code`
 * (SQLSTATE, or the driver's own) and the `column` where one is named, words that hold no parameter, and no cause.
 *
 * Everything of dualauth that takes a `query` asks it in this way; for what an application asks of its own in `link` and
 * the like. A refusal (`AuthError`) passes as it is.
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
 * The same of one error, whoever threw it. A refusal (`AuthError`) stays as it is.
 *
 * @param secrets What the error must not repeat: the statement, and everything that was given to it.
 */
export function discreetError(error: unknown, secrets: readonly unknown[]): Error {
  if (isAuthError(error)) return error
  const source = deepest(error)
  const state = sqlStateOf(error)
  const code = state ?? textOf(source, 'code')
  const message = textOf(source, 'message')
  const holds = (text: string): boolean =>
    secrets.some((value) => String(value).length >= MIN_VALUE && text.includes(String(value)))
  const isPlain = message !== null && !holds(message) && (state === null || SPEAKING.includes(state.slice(0, 2)))
  const words = isPlain ? message : 'the database refused or did not answer'
  // postgres.js calls them `table_name` and the like.
  const nameOf = (what: string): string | null => textOf(source, what) ?? textOf(source, `${what}_name`)
  const where = [code, ...['constraint', 'table', 'column'].map(nameOf)]
  const named = where.filter((text) => text !== null && !holds(text)).join(', ')
  const column = nameOf('column')
  return Object.assign(
    new Error(named === '' ? words : `${words} (${named})`),
    code !== null && !holds(code) && { code },
    column !== null && !holds(column) && { column },
  )
}

/** What wraps the error of the driver prints more than that one does. */
function deepest(error: unknown): unknown {
  let found = error
  for (let depth = 0; depth < 4; depth++) {
    const cause: unknown =
      typeof found === 'object' && found !== null ? (found as { cause?: unknown }).cause : undefined
    if (typeof cause !== 'object' || cause === null) break
    found = cause
  }
  return found
}

function textOf(error: unknown, member: string): string | null {
  const value: unknown =
    typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[member] : undefined
  return typeof value === 'string' && value !== '' ? value : null
}

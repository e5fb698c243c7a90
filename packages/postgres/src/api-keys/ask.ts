import { AuthError, isAuthError, type Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { NOT_NULL_VIOLATION, sqlStateOf } from '../sql/sql-state.js'
import type { Row } from '../sql/row.js'
import type { Params } from './statement.js'

/**
 * Runs one statement that manages keys.
 *
 * @param nameColumn The column of names, if the statement may leave it empty.
 * @throws {AuthError} `request_invalid`: a value does not fit its column. `configuration_invalid`: an unmapped column
 *   has neither a default nor a value. `store_unavailable`: anything else; its cause has the database's code and safe
 *   words.
 */
export async function ask(query: Query, sql: string, { values }: Params, nameColumn?: string): Promise<readonly Row[]> {
  try {
    return await query(sql, values)
  } catch (cause) {
    throw refusalOf(cause, nameColumn)
  }
}

function refusalOf(cause: unknown, nameColumn: string | undefined): AuthError {
  if (isAuthError(cause)) return cause
  const state = sqlStateOf(cause)
  // Class 22 means bad values: too long, of the wrong form, not in the enum.
  if (state?.startsWith('22') === true)
    return new AuthError('request_invalid', { detail: 'a value does not fit its column', cause })
  // Prisma does not say which column it was.
  if (state === NOT_NULL_VIOLATION && nameColumn !== undefined && (columnOf(cause) ?? nameColumn) === nameColumn)
    return new AuthError('request_invalid', { detail: 'name: a key must have one here', cause })
  if (state === NOT_NULL_VIOLATION) {
    const column = columnOf(cause)
    return optionError(
      'storedApiKeys.columns',
      `a column that is not named there must not be empty${column === null ? '' : ` (${column})`}: give it a default`,
    )
  }
  if (state === '23503') return new AuthError('request_invalid', { detail: 'the owner is unknown', cause })
  return new AuthError('store_unavailable', { message: 'API keys: the database refused or did not answer', cause })
}

/** The column's name, if the driver gives it. */
function columnOf(cause: unknown): string | null {
  const { column } = cause as { readonly column?: unknown }
  return typeof column === 'string' ? column : null
}

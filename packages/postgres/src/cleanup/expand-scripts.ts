import { discreetQuery, type Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { quoteName } from '../sql/quote.js'
import { filledAgain } from './rename-script.js'
import { findOne, tableSql } from './retiring.js'
import { script } from './script.js'

/** Scripts for `psql`; each is one transaction that waits at most three seconds for a lock. */
export interface ExpandScripts {
  readonly expand: string
  /** A column with rows that have no value stays as it is, with a warning. */
  readonly undo: string
}

/**
 * Prints scripts that allow rows without the values that only the old side knows: people who begin on the new side have
 * no password hash. Runs nothing.
 *
 * @param columns Prefixed with their table, named as in SQL: `users.password_hash`.
 * @throws {AuthError} `configuration_invalid`: a column does not exist, or is part of the primary key.
 */
export async function expandScripts(driver: Query, columns: readonly string[]): Promise<ExpandScripts> {
  if (typeof driver !== 'function') throw optionError('expandScripts', 'takes a function that runs SQL')
  if (!Array.isArray(columns) || columns.length === 0)
    throw optionError('columns', 'needs a column, such as users.password_hash')
  const query = discreetQuery(driver)
  const found = []
  for (const column of columns) found.push(await findOne(query, 'column', column))
  const demanded = found.filter(({ was, kept }) => was === null && kept.isNotNull)
  return {
    expand: script('Lets rows be written without what only the old side knows.', [
      ...demanded.map(
        (one) => `alter table ${tableSql(one)} alter column ${quoteName(one.column ?? '')} drop not null;`,
      ),
      ...(demanded.length === 0 ? ['-- All of these columns take nulls already.'] : []),
    ]),
    undo: script('Demands a value in these columns again.', demanded.flatMap(filledAgain)),
  }
}

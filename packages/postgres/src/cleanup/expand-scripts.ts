import { discreetQuery, type Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { quoteName } from '../sql/quote.js'
import { filledAgain } from './rename-script.js'
import { findOne, tableSql } from './retiring.js'
import { script } from './script.js'

/** Scripts for `psql`; each is one transaction, which waits for a lock for three seconds at most. */
export interface ExpandScripts {
  readonly expand: string
  /** A column in which rows without a value were written stays as it is, with a warning. */
  readonly undo: string
}

/**
 * Prints what lets rows be written without the values that only the old side knows: people who begin on the new side have no
 * hash of a password. Nothing is run.
 *
 * @param columns With their table in front, named as in SQL: `users.password_hash`.
 * @throws {AuthError} `configuration_invalid`: a column that is not there, or of the primary key.
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

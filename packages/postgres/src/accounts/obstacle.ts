import { CHECK_VIOLATION, DIVISION_BY_ZERO, NOT_NULL_VIOLATION, TOO_LARGE } from '../sql/sql-state.js'
import type { Ground } from './ground.js'
import type { NewColumns } from './options.js'

/** Why a new row cannot be inserted. */
export interface Obstacle {
  readonly kind: 'address_taken' | 'account_incomplete'
  /** The account that has the address. */
  readonly holder: string | null
  /** For operators: column names, no values. */
  readonly cause?: Error
}

/**
 * Names the columns that must not be null and have no value, since not every driver does. The database's own error is
 * the cause: it names a column or a constraint, without the row.
 */
export function incomplete({ plan, users }: Ground, values: NewColumns, error: unknown): Obstacle {
  const empty = plan.users.demanded.filter((name) => name !== users.id && (values[name] ?? null) === null)
  const missing = empty.length === 0 ? '' : `; no value for ${empty.join(', ')}`
  const cause = new Error(`accounts: ${plan.users.from} does not take the new row${missing}`, { cause: error })
  return { kind: 'account_incomplete', holder: null, cause }
}

/** Whether a column refuses its value: null, of the wrong form, too long, or against a constraint of the table. */
export function isUnfit(state: string): boolean {
  return (
    state === NOT_NULL_VIOLATION ||
    state === CHECK_VIOLATION ||
    state === TOO_LARGE ||
    (state.startsWith('22') && state !== DIVISION_BY_ZERO)
  )
}

import { discreetQuery, type Query } from '@dualauth/core'
import { sqlStateOf } from './sql-state.js'

/** Two changed the same row at once, in a database that isolates more strictly than by default. */
const RETRIED: readonly string[] = ['40001', '40P01']
const ATTEMPTS = 6
/** The longest first pause; each further one may be twice as long. */
const FIRST_PAUSE_MS = 20

/**
 * Such a statement has changed nothing, and is sent again after a short pause, at random so that the same two do not
 * meet again. The error thrown contains none of its parameters.
 */
export function retrying(driver: Query, pause: (milliseconds: number) => Promise<void> = sleep): Query {
  const query = discreetQuery(driver)
  return async (sql, params) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await query(sql, params)
      } catch (error) {
        if (attempt === ATTEMPTS || !RETRIED.includes(sqlStateOf(error) ?? '')) throw error
      }
      await pause(Math.random() * FIRST_PAUSE_MS * 2 ** (attempt - 1))
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

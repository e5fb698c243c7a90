import { discreetQuery, type Query } from '@dualauth/core'
import { sqlStateOf } from './sql-state.js'

/** Two that changed the same row at once, where the database isolates more than it has to by default. */
const RETRIED: readonly string[] = ['40001', '40P01']
const ATTEMPTS = 5

/** Such a statement has changed nothing, and is sent again. What is thrown holds nothing of its parameters. */
export function retrying(driver: Query): Query {
  const query = discreetQuery(driver)
  return async (sql, params) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await query(sql, params)
      } catch (error) {
        if (attempt === ATTEMPTS || !RETRIED.includes(sqlStateOf(error) ?? '')) throw error
      }
    }
  }
}

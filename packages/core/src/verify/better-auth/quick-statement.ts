import type { Query, Row } from './sql-names.js'

/** Runs one statement with its parameters. */
export type Statement = (params: readonly unknown[]) => Promise<readonly Row[]>

/**
 * A statement in two spellings: one that is quick, and one that every database takes. The quick one
 * that fails before it ever worked gives way to the plain one for good, if that works; later it fails
 * like any other, because then the database is down.
 */
export function quickStatement(query: Query, quick: string, plain: string): Statement {
  let state: 'untried' | 'quick' | 'plain' = 'untried'
  return async (params) => {
    if (state === 'plain') return query(plain, params)
    try {
      const rows = await query(quick, params)
      state = 'quick'
      return rows
    } catch (cause) {
      if (state === 'quick') throw cause
      const rows = await query(plain, params)
      state = 'plain'
      return rows
    }
  }
}

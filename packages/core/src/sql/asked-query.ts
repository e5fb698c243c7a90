import * as z from 'zod/mini'
import { inTime } from '../async/in-time.js'
import { wrongAnswer } from '../errors/unanswered.js'
import { discreetQuery } from './discreet-query.js'
import { between } from '../settings/schemas.js'
import type { Query, Row } from './names.js'

/** The option `timeoutMs` of sources that run statements. */
export const statementTimeout: z.ZodMiniDefault<z.ZodMiniType<number>> = z._default(between(1, 60_000), 3_000)

/**
 * The app's `query` as used by a request: discreet, in bounded time, and checked to return rows. Its errors name the
 * option and what happened, but no parameter.
 *
 * @param option For messages: `sqlSessions.query`.
 * @param timeoutMs For one statement. Null if the verifier bounds the time.
 */
export function askedQuery(driver: Query, option: string, timeoutMs: number | null): Query {
  const query = discreetQuery(driver)
  return async (sql, params) => {
    const answer: unknown = await inTime(() => query(sql, params), timeoutMs, option)
    if (!Array.isArray(answer)) throw wrongAnswer(option, answer, hasRows(answer) ? 'its `rows`' : 'a list of rows')
    const rows = answer as readonly unknown[]
    // A driver may return each row as a list of values, or a pair of rows and fields.
    if (rows.length > 0 && !isRow(rows[0]))
      throw wrongAnswer(option, rows[0], 'rows that are objects, by the names of their columns')
    return rows as readonly Row[]
  }
}

function hasRows(answer: unknown): boolean {
  return Array.isArray((answer as { readonly rows?: unknown } | null | undefined)?.rows)
}

function isRow(row: unknown): boolean {
  return typeof row === 'object' && row !== null && !Array.isArray(row)
}

import { inFormOf, toMilliseconds, type DateInput } from '../../../sql/column-values.js'
import type { KeyNames, KeyRow, Limits } from './api-key-row.js'
import type { Query } from '../../../sql/names.js'

/** The effect of one more request on a key's limits, counted as in Better Auth's plugin. */
export type Usage =
  | { readonly kind: 'free' }
  | { readonly kind: 'exceeded'; readonly retryAfterMs: number | null }
  | {
      readonly kind: 'counted'
      readonly quota: 'none' | 'decrement' | 'refill'
      readonly rate: 'none' | 'more' | 'new'
    }

/** Checks the limits as read; writes nothing. */
export function judgeUsage(limits: Limits, now: number): Usage {
  const { remaining, refillAmount, refillInterval, rateLimited, max, window, requestCount } = limits
  const sinceRefill = now - (momentOf(limits.lastRefillAt) ?? momentOf(limits.createdAt) ?? now)
  const refills = refillAmount !== null && refillAmount > 0 && refillInterval !== null && refillInterval > 0
  const isRefillDue = refills && sinceRefill > refillInterval
  if (remaining !== null && remaining <= 0 && !isRefillDue)
    return { kind: 'exceeded', retryAfterMs: refills ? refillInterval - sinceRefill : null }
  const quota = remaining === null ? 'none' : isRefillDue ? 'refill' : 'decrement'
  if (!rateLimited || max === null || window === null)
    return quota === 'none' ? { kind: 'free' } : { kind: 'counted', quota, rate: 'none' }
  const last = momentOf(limits.lastRequest)
  if (last === null || now - last > window) return { kind: 'counted', quota, rate: 'new' }
  if (requestCount >= max) return { kind: 'exceeded', retryAfterMs: window - (now - last) }
  return { kind: 'counted', quota, rate: 'more' }
}

/**
 * Counts a request in one statement, which changes nothing if another request has changed the limits since they were
 * read. The database counts a running window and a quota; a new window and a refill are written only if the dates are
 * still those that were read.
 *
 * @returns false if the key must be read and judged again.
 */
export async function countUsage(
  query: Query,
  { table, columns: c }: KeyNames,
  { id, limits }: KeyRow,
  { quota, rate }: Extract<Usage, { kind: 'counted' }>,
  now: number,
): Promise<boolean> {
  const params: unknown[] = []
  const parameter = (value: unknown) => `$${params.push(value)}`
  const moment = () => parameter(inFormOf(limits.createdAt, now))
  const unchanged = (column: string, read: DateInput | null) =>
    read === null ? `${column} IS NULL` : `CAST(${column} AS text) = ${parameter(String(read))}`
  const set = [`${c.updatedAt} = ${moment()}`]
  const where: string[] = []
  if (rate !== 'none') set.push(`${c.lastRequest} = ${moment()}`)
  if (rate === 'more') set.push(`${c.requestCount} = ${c.requestCount} + 1`)
  if (rate === 'new') set.push(`${c.requestCount} = 1`)
  if (quota === 'decrement') set.push(`${c.remaining} = ${c.remaining} - 1`)
  if (quota === 'refill')
    set.push(`${c.remaining} = ${parameter((limits.refillAmount as number) - 1)}`, `${c.lastRefillAt} = ${moment()}`)
  where.push(`${c.id} = ${parameter(id)}`)
  if (rate === 'more') where.push(`${c.requestCount} < ${parameter(limits.max)}`)
  if (rate === 'new') where.push(unchanged(c.lastRequest, limits.lastRequest))
  if (quota === 'decrement') where.push(`${c.remaining} > 0`)
  if (quota === 'refill') where.push(unchanged(c.lastRefillAt, limits.lastRefillAt))
  const sql = `UPDATE ${table} SET ${set.join(', ')} WHERE ${where.join(' AND ')} RETURNING ${c.id}`
  return (await query(sql, params)).length > 0
}

function momentOf(value: DateInput | null): number | null {
  return value === null ? null : toMilliseconds(value)
}

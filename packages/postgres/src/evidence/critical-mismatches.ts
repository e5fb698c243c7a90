import { discreetQuery, type CriticalMismatches, type Query } from '@dualauth/core'
import { object, optionError, parseOptions, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { millisecondsOf, momentAt } from '../sql/moments.js'
import { sqlStateOf } from '../sql/sql-state.js'

const schema = object({
  migration: z._default(verifierName, 'default'),
  from: wholeBetween(0, 8_640_000_000_000_000),
})

/**
 * The critical differences that comparisons of stage `shadow` found in a migration, from the records `shadow.critical`
 * in `dualauth.audit`. Reads no ids.
 *
 * @param question `from`: milliseconds since the epoch. `migration`: default `default`.
 * @returns null if unknown: no instance of this migration writes to `dualauth.audit` (`createAudit` with
 *   `postgresAudit`), or this role may not read it.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export async function readCriticalMismatches(
  driver: Query,
  question: { readonly migration?: string; readonly from: number },
): Promise<CriticalMismatches | null> {
  const { migration, from } = parseOptions(schema, question, 'readCriticalMismatches')
  if (typeof driver !== 'function') throw optionError('readCriticalMismatches', 'takes a function that runs SQL')
  try {
    const rows = await discreetQuery(driver)(MISMATCHES, [migration, String(from)])
    if (rows[0]?.['is_kept'] !== 'true') return null
    const found = rows.filter((row) => row['class'] !== null)
    return {
      times: Object.fromEntries(found.map((row) => [String(row['class']), Number(row['times'])])),
      lastAt: found.length === 0 ? null : Math.max(...found.map((row) => Number(row['last_ms']))),
    }
  } catch (error) {
    if (sqlStateOf(error) === NO_PRIVILEGE) return null
    throw error
  }
}

const NO_PRIVILEGE = '42501'

/** SQL for the number of occurrences in one record. Its data is untrusted, so a record counts at least once. */
export const TIMES = `greatest(1::numeric, case pg_catalog.jsonb_typeof(a.data -> 'count'::text) when 'number' then (a.data ->> 'count'::text)::numeric end)`

/** SQL for the records of one migration. */
export const ofMismatches = (migration: string): string =>
  `a.event = 'shadow.critical' and a.data ->> 'migration'::text = ${migration}`

// Instances also record adopted policies, so without any such record, none writes its audit here.
const MISMATCHES = `
with kept as (
  select exists (
    select from dualauth.audit a
    where a.event in ('policy.adopted', 'shadow.critical') and a.data ->> 'migration'::text = $1::text
  )::text as is_kept
), found as (
  select coalesce(a.data ->> 'class'::text, 'unknown') as class, pg_catalog.sum(${TIMES})::text as times,
    ${millisecondsOf('pg_catalog.max(a.at)')} as last_ms
  from dualauth.audit a where ${ofMismatches('$1::text')} and a.at >= ${momentAt('$2::text::bigint')}
  group by 1
)
select kept.is_kept, found.class, found.times, found.last_ms from kept left join found on true`

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
 * @returns null if unknown: none was found, and not every instance that reported since `from` writes to `dualauth.audit`
 *   (`createAudit` with `postgresAudit`), its records were deleted, or this role may not read them.
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
    const found = rows.filter((row) => row['class'] !== null)
    if (found.length === 0 && rows[0]?.['is_kept'] !== 'true') return null
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

// An instance records that it adopted a policy when it starts and whenever there is a newer one. Each instance that
// watched within the window must have recorded the version it knows, or comparisons may have been recorded nowhere. Its
// first heartbeat may come a little later than that record.
const MISMATCHES = `
with span as (
  select ${momentAt('$2::text::bigint')} as from_at
), watching as (
  select h.instance, pg_catalog.max(h.version) as version, pg_catalog.min(h.first_at) as first_at
  from dualauth.heartbeat h cross join span where h.migration = $1::text
  group by h.instance having pg_catalog.max(h.last_at) >= pg_catalog.min(span.from_at)
), adopted as (
  select a.data ->> 'version'::text as version, pg_catalog.count(*) as times
  from dualauth.audit a cross join span
  where a.event = 'policy.adopted' and a.data ->> 'migration'::text = $1::text
    and a.at >= least(span.from_at, (select pg_catalog.min(w.first_at) - interval '1 hour' from watching w))
  group by 1
), kept as (
  select (exists (select from adopted) and not exists (
    select from (select w.version::text as version, pg_catalog.count(*) as instances from watching w where w.version is not null group by 1) known
    left join adopted on adopted.version = known.version where coalesce(adopted.times, 0::bigint) < known.instances
  ))::text as is_kept
), found as (
  select coalesce(a.data ->> 'class'::text, 'unknown') as class, pg_catalog.sum(${TIMES})::text as times,
    ${millisecondsOf('pg_catalog.max(a.at)')} as last_ms
  from dualauth.audit a cross join span where ${ofMismatches('$1::text')} and a.at >= span.from_at
  group by 1
)
select kept.is_kept, found.class, found.times, found.last_ms from kept left join found on true`

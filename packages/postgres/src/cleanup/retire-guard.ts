import { ofMismatches, TIMES } from '../evidence/critical-mismatches.js'
import { quoteBlock, quoteLiteral } from '../sql/quote.js'

/** What must hold in the database when a clean-up script runs. */
export interface RetireGuard {
  readonly migration: string
  readonly windowDays: number
  readonly toleranceMs: number
  readonly stopped: readonly string[] | 'all'
  readonly ignoreUnverified: boolean
}

/**
 * A block of SQL that raises an exception unless `retireReport` would say `safe` at this moment, for a migration that
 * is `retired` for everybody. The conditions are those of `core/src/migration/retire`; a property test keeps the two
 * alike.
 */
export function retireGuard({ migration, windowDays, toleranceMs, stopped, ignoreUnverified }: RetireGuard): string {
  const name = quoteLiteral(migration)
  const isStopped =
    stopped === 'all' ? 'true' : `instance = any (array[${stopped.map(quoteLiteral).join(', ')}]::text[])`
  return quoteBlock(`
declare
  at constant timestamptz := pg_catalog.clock_timestamp();
  since constant timestamptz := at - interval '${windowDays * 24} hours';
  tolerance constant interval := interval '${toleranceMs} milliseconds';
  policy jsonb;
  newest bigint;
  found bigint;
begin
  select version, document into newest, policy from dualauth.policy where migration = ${name} order by version desc limit 1;
  if policy is null or (policy ->> 'stage') is distinct from 'retired' or exists (
    select from pg_catalog.jsonb_each(coalesce(policy -> 'organizations', '{}'::jsonb)) as own (organization, entry)
    where coalesce(entry ->> 'stage', 'retired') <> 'retired'
  ) then
    raise exception 'dualauth: the stage is not retired for everybody; see dualauth stage get';
  end if;

  -- A document that no instance takes is none.
  select pg_catalog.count(distinct instance) into found from dualauth.heartbeat
  where migration = ${name} and not ended and at - last_at <= tolerance and version < newest;
  if found > 0 then raise exception 'dualauth: % instances do not know the newest policy; see dualauth status', found; end if;

${EVIDENCE.map(({ name: what, counting, message }) => {
  if (what === 'unverified' && ignoreUnverified) return ''
  return `  select ${counting.replaceAll('MIGRATION', name)} into found;
  if found > 0 then raise exception 'dualauth: %${message}', found; end if;
`
}).join('')}
  if not exists (
    select from dualauth.evidence
    where migration = ${name} and side = 'new' and outcome = 'accepted' and user_id <> '' and last_at >= since
  ) then
    raise exception 'dualauth: nobody was seen on the new side, so it is not known that evidence arrives at all';
  end if;

  ${WATCH.replaceAll('MIGRATION', name).replaceAll('IS_STOPPED', isStopped)}
  if found > 0 then
    raise exception 'dualauth: evidence is missing; see dualauth retire';
  end if;
end `)
}

const OLD = `from dualauth.evidence where migration = MIGRATION and side = 'old' and last_at >= since`

// Anybody accepted was verified, even if the id cannot be stored.
const EVIDENCE = [
  {
    name: 'accepted',
    counting: `pg_catalog.count(distinct user_id) ${OLD} and outcome = 'accepted'`,
    message: ' people were accepted on the old side within the window',
  },
  {
    name: 'refused',
    counting: `pg_catalog.count(distinct user_id) ${OLD} and outcome = 'refused' and user_id <> ''`,
    message: ' people still tried the old side within the window',
  },
  {
    name: 'unverified',
    counting: `pg_catalog.count(*) ${OLD} and outcome = 'refused' and user_id = ''`,
    message: ' kinds of client sent what looks like an old credential within the window',
  },
  {
    name: 'conflicts',
    counting: `pg_catalog.count(*) from dualauth.conflict c where c.resolved_at is null
    and c.verifier in (select e.verifier from dualauth.evidence e where e.migration = MIGRATION)`,
    message: ' conflicts between identities are open',
  },
  {
    name: 'shadow',
    counting: `coalesce(pg_catalog.sum(${TIMES}), 0) from dualauth.audit a where ${ofMismatches('MIGRATION')} and a.at >= since`,
    message: ' critical differences between the sides were found within the window; see dualauth retire',
  },
] as const

// Counts the instances, or all of them together, that did not cover the whole window, as
// core/src/migration/retire/watch.ts does.
const WATCH = `with heard as (
    select *, pg_catalog.bool_or(pg_catalog.abs(skew_ms) * interval '1 millisecond' > tolerance) over (partition by instance) as is_skewed
    from dualauth.heartbeat
    where migration = MIGRATION and (day >= (since at time zone 'UTC')::date - 1
      or (written_at >= since and pg_catalog.abs(skew_ms) >= 60000))
  ), beats as (
    select *,
      pg_catalog.max(last_at) over (order by first_at rows between unbounded preceding and 1 preceding) as watched_until,
      pg_catalog.row_number() over own as place,
      pg_catalog.lag(last_at) over own as before_at,
      pg_catalog.max(lost) over (partition by instance order by first_at rows between unbounded preceding and 1 preceding) as lost_before,
      last_at = pg_catalog.max(last_at) over (partition by instance) as is_latest
    from heard where not is_skewed window own as (partition by instance order by first_at)
  )
  select (select pg_catalog.count(*) from heard where is_skewed)
    + (select pg_catalog.count(*) from beats where
      (first_at - greatest(watched_until, since) > tolerance and greatest(watched_until, since) < at)
      or (is_latest and not ended and last_at > since - interval '24 hours' and at - last_at > tolerance and not (IS_STOPPED))
      or (place = 1 and first_at > since and (first_at at time zone 'UTC') = pg_catalog.date_trunc('day', first_at at time zone 'UTC'))
      or (last_at > since and (first_at - before_at > tolerance or lost > coalesce(lost_before, 0))))
    + (select case when at - greatest(pg_catalog.max(last_at), since) > tolerance then 1 else 0 end from beats)
  into found;`

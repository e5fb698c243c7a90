import type { MoveEvidence, Query, SeenPeople } from '@dualauth/core'
import { millisecondsOf } from '../sql/moments.js'

/** How far back somebody counts as being there, in days. */
const LATELY_DAYS = 30

/**
 * How many people were lately seen on each side, by organization; null where nothing watched the migration, so that
 * nobody can say.
 */
export async function readSeenPeople(query: Query, migration: string): Promise<readonly SeenPeople[] | null> {
  return (await readMoveEvidence(query, migration))?.people ?? null
}

/** The same, and since when somebody has watched. */
export async function readMoveEvidence(query: Query, migration: string): Promise<MoveEvidence | null> {
  const rows = await query(SEEN, [migration, String(LATELY_DAYS)])
  if (rows[0]?.['watched'] !== 'true') return null
  const people = rows
    .filter((row) => row['organization'] !== null && row['organization'] !== undefined)
    .map((row) => ({
      organization: row['organization'] === '' ? null : String(row['organization']),
      old: Number(row['old']),
      new: Number(row['new']),
    }))
  return { people, since: Number(rows[0]['since_ms']) }
}

// Days that were forgotten were watched nevertheless: somebody was seen then.
const SINCE = `least(min(first_at), (select min(e.first_at) from dualauth.evidence e where e.migration = $1::text))`

// What somebody did again on the new side is written an hour later at most.
const SEEN = `
with since as (
  select now() - make_interval(days => $2::text::integer) as at
), person as (
  select organization,
    max(last_at) filter (where side = 'old' and outcome = 'accepted') as old_at,
    max(last_at) filter (where side = 'new' and outcome = 'accepted') as new_at
  from dualauth.evidence where migration = $1::text and user_id <> '' group by organization, user_id
), counted as (
  select organization, count(*) filter (where old_at >= since.at)::text as old,
    count(*) filter (where new_at >= since.at and (old_at is null or old_at < new_at + interval '1 hour'))::text as new
  from person cross join since group by organization
), watch as (
  select coalesce(max(last_at) >= max(since.at), false)::text as watched, ${millisecondsOf(SINCE)} as since_ms
  from dualauth.heartbeat cross join since where migration = $1::text
)
select watch.watched, watch.since_ms, counted.organization, counted.old, counted.new from watch left join counted on true`

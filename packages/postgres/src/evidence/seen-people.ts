import type { MoveEvidence, Query, SeenPeople, SeenPlace } from '@dualauth/core'
import { millisecondsOf, momentAt } from '../sql/moments.js'

/** How many days back a sighting counts. */
const LATELY_DAYS = 30

/** A question about the people of a migration. */
export interface SeenQuestion {
  readonly migration: string
  /** Organizations to check for anybody ever seen acting for them. */
  readonly organizations: readonly string[]
  /** Milliseconds since the epoch: who holds an old-side credential that is valid beyond it? Null: not asked. */
  readonly until: number | null
}

/**
 * Who was recently seen where: people with the same places share a row, so each counts once, in however many
 * organizations. Null if nothing watched the migration, so nobody can say.
 */
export async function readMoveEvidence(query: Query, question: SeenQuestion): Promise<MoveEvidence | null> {
  const { migration, organizations, until } = question
  const asked = JSON.stringify(organizations)
  const rows = await query(SEEN, [migration, String(LATELY_DAYS), asked, until === null ? null : String(until)])
  const [first] = rows
  if (first?.['watched'] !== 'true') return null
  return {
    seen: rows.flatMap(({ places, people }) =>
      typeof places === 'string' ? [{ people: Number(people), places: placesOf(places) }] : [],
    ),
    since: Number(first['since_ms']),
    unseen: JSON.parse(String(first['unseen'])) as readonly string[],
  }
}

/** An organization, and what is true of somebody there. */
type PlaceRow = readonly [string, boolean, boolean, boolean, boolean, boolean]

function placesOf(text: string): SeenPeople['places'] {
  return (JSON.parse(text) as readonly PlaceRow[]).map(
    ([organization, old, isNew, needsOld, needsNew, outlives]): SeenPlace => ({
      organization: organization === '' ? null : organization,
      old,
      new: isNew,
      needsOld,
      needsNew,
      outlives,
    }),
  )
}

// Days whose records were deleted were watched, too: somebody was seen then.
const SINCE = `least(pg_catalog.min(first_at), (select pg_catalog.min(e.first_at) from dualauth.evidence e where e.migration = $1::text))`

// A repeated use is written within an hour.
const SEEN = `
with since as (
  select pg_catalog.now() - pg_catalog.make_interval(days => $2::text::integer) as at
), place as (
  select user_id, organization,
    pg_catalog.max(last_at) filter (where side = 'old' and outcome = 'accepted') as old_at,
    pg_catalog.max(expires_at) filter (where side = 'old' and outcome = 'accepted') as old_end,
    pg_catalog.max(last_at) filter (where side = 'new' and outcome = 'accepted') as new_at,
    pg_catalog.max(expires_at) filter (where side = 'new' and outcome = 'accepted') as new_end
  from dualauth.evidence where migration = $1::text and user_id <> '' group by user_id, organization
), used as (
  select user_id, organization, old_end, coalesce(old_at >= since.at, false) as old, coalesce(new_at >= since.at, false) as new,
    coalesce((old_at >= since.at or old_end > pg_catalog.now()) and (new_at is null or new_at < old_at + interval '1 hour'), false) as needs_old,
    coalesce((new_at >= since.at or new_end > pg_catalog.now()) and (old_at is null or old_at < new_at + interval '1 hour'), false) as needs_new
  from place cross join since
), person as (
  select pg_catalog.json_agg(pg_catalog.json_build_array(organization, old, new, needs_old, needs_new, coalesce(needs_old
      and old_end > ${momentAt('$4::text')}, false)) order by organization)::text as places
  from used where old or new or needs_old or needs_new group by user_id
), counted as (
  select places, pg_catalog.count(*)::text as people from person group by places
), watch as (
  select coalesce(pg_catalog.max(last_at) >= pg_catalog.max(since.at), false)::text as watched, ${millisecondsOf(SINCE)} as since_ms
  from dualauth.heartbeat cross join since where migration = $1::text
), named as (
  select coalesce(pg_catalog.json_agg(name), '[]')::text as unseen from pg_catalog.json_array_elements_text($3::text::json) as name
  where name not in (select organization from dualauth.evidence where migration = $1::text)
)
select watch.watched, watch.since_ms, named.unseen, counted.places, counted.people
from watch cross join named left join counted on true`

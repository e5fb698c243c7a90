import {
  discreetQuery,
  type ClientKind,
  type Heartbeat,
  type OldDay,
  type Query,
  type RetireFacts,
  type RetireQuestion,
  type Side,
  type SideUse,
  type Sighting,
} from '@dualauth/core'
import { object, optionError, parseOptions, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { readGood, readNewest } from '../policy/statements.js'
import { millisecondsOf, momentAt } from '../sql/moments.js'
import type { Row } from '../sql/row.js'
import { readCriticalMismatches } from './critical-mismatches.js'

const schema = object({
  migration: z._default(verifierName, 'default'),
  windowDays: z._default(wholeBetween(1, 366), 14),
  now: z.exactOptional(wholeBetween(0, 8_640_000_000_000_000)),
})

/**
 * The facts that a `retireReport` judges, from the evidence, the policy, the open conflicts and the audit in
 * `dualauth`. Only conflicts of verifiers that were seen in this migration count.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export async function readRetireFacts(driver: Query, question: RetireQuestion = {}): Promise<RetireFacts> {
  const { migration, windowDays, now: asked } = parseOptions(schema, question, 'readRetireFacts')
  if (typeof driver !== 'function') throw optionError('readRetireFacts', 'takes a function that runs SQL')
  const query = discreetQuery(driver)
  // The database's clock, which instances are measured by: the caller's may be days behind.
  const now = asked ?? (await clockOf(query))
  const params = [migration, String(now), String(windowDays)]
  // Read first: what is written in the meantime must not prove that somebody watched without saying who was seen.
  const heartbeats = (await query(BEATS, params)).map((row) => beatOf(migration, row))
  const newest = await readNewest(query, migration)
  return {
    migration,
    now,
    windowDays,
    uses: (await query(USES, params)).map(useOf),
    oldDays: (await query(DAYS, params)).map((row): OldDay => ({
      day: String(row['on_day']),
      people: Number(row['people']),
    })),
    heartbeats,
    policy: (await readGood(query, migration, newest))?.document ?? null,
    conflicts: Object.fromEntries(
      (await query(CONFLICTS, [migration])).map((row) => [String(row['kind']), Number(row['open'])]),
    ),
    criticalMismatches: await readCriticalMismatches(driver, {
      migration,
      from: Math.max(0, now - windowDays * DAY_MS),
    }),
  }
}

const DAY_MS = 86_400_000

async function clockOf(query: Query): Promise<number> {
  const [row] = await query(CLOCK, [])
  return Number(row?.['now_ms'])
}

function useOf(row: Row): SideUse {
  const organization = String(row['organization'])
  return {
    side: row['side'] as Side,
    outcome: row['outcome'] as Sighting['outcome'],
    organization: organization === '' ? null : organization,
    client: row['client'] as ClientKind,
    isKnown: row['is_known'] === 'true',
    people: Number(row['people']),
    lastAt: Number(row['last_ms']),
    outstanding: Number(row['outstanding']),
  }
}

function beatOf(migration: string, row: Row): Heartbeat {
  return {
    migration,
    instance: String(row['instance']),
    day: String(row['on_day']),
    firstAt: Number(row['first_ms']),
    lastAt: Number(row['last_ms']),
    writtenAt: Number(row['written_ms']),
    skewMs: Number(row['skew_ms']),
    label: textOf(row['label']),
    digest: textOf(row['digest']),
    version: row['known'] === null ? null : Number(row['known']),
    lost: Number(row['dropped']),
    ended: row['has_ended'] === 'true',
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

const CLOCK = `select ${millisecondsOf('pg_catalog.clock_timestamp()')} as now_ms`

/** As `2026-03-01`, whatever the role's `DateStyle` is. */
const dayText = (day: string): string => `pg_catalog.to_char(${day}::timestamp, 'YYYY-MM-DD')`

const AT = momentAt('$2::text::bigint')
const START = `${AT} - $3::text::double precision * interval '24 hours'`

// One pass over the rows of people, which are few beside those of days.
const USES = `
with span as (
  select ${START} as from_at, ${AT} as to_at
), moved as (
  select user_id, pg_catalog.max(last_at) as at from dualauth.evidence
  where migration = $1::text and side = 'new' and outcome = 'accepted' group by user_id
), used as (
  select e.*, e.user_id <> '' as is_known, e.last_at >= span.from_at as is_within,
    e.user_id <> '' and e.side = 'old' and e.outcome = 'accepted' and e.expires_at > span.to_at
      and (moved.at is null or moved.at < e.last_at + interval '1 hour') as is_outstanding
  from dualauth.evidence e cross join span left join moved on moved.user_id = e.user_id
  where e.migration = $1::text
)
select side, outcome, organization, client, is_known::text as is_known,
  pg_catalog.count(distinct user_id) filter (where is_known and is_within)::text as people,
  ${millisecondsOf('pg_catalog.max(last_at)')} as last_ms,
  pg_catalog.count(distinct user_id) filter (where is_outstanding)::text as outstanding
from used where is_within or is_outstanding
group by side, outcome, organization, client, used.is_known`

const DAYS = `
select ${dayText('d.day')} as on_day, pg_catalog.count(distinct e.user_id)::text as people
from dualauth.evidence_day d join dualauth.evidence e on e.id = d.evidence_id
where d.day >= ((${START}) at time zone 'UTC')::date and e.migration = $1::text and e.side = 'old' and e.user_id <> ''
group by d.day`

const BEATS = `
select instance, ${dayText('day')} as on_day, ${millisecondsOf('first_at')} as first_ms, ${millisecondsOf('last_at')} as last_ms,
  ${millisecondsOf('written_at')} as written_ms, skew_ms::text as skew_ms, label, version::text as known, digest,
  lost::text as dropped, ended::text as has_ended
from dualauth.heartbeat
where migration = $1::text and (day >= ((${START}) at time zone 'UTC')::date - 1
  -- A clock that is far behind dates them before the window.
  or (written_at >= ${START} and pg_catalog.abs(skew_ms) >= 60000))`

const CONFLICTS = `
select c.kind, pg_catalog.count(*)::text as open from dualauth.conflict c
where c.resolved_at is null
  and c.verifier in (select e.verifier from dualauth.evidence e where e.migration = $1::text group by e.verifier)
group by c.kind`

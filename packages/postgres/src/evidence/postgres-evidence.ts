import type { EvidenceStore, Query } from '@dualauth/core'
import { day, object, optionError, parseOptions } from '@dualauth/core/settings'
import { key } from '../sql/id-column.js'
import { millisecondsOf, momentAt } from '../sql/moments.js'
import { retrying } from '../sql/retrying.js'
import { beatText, sightingsText } from './evidence-text.js'

/** Evidence in the tables `dualauth.evidence`, `evidence_day` and `heartbeat`. */
export interface PostgresEvidence extends EvidenceStore {
  /**
   * Rejects if the tables are missing, if this role may not write them, or if the database is read-only, such as a
   * standby.
   */
  readonly ready: () => Promise<void>
  /**
   * Deletes the daily records before `before`, such as `2026-03-01`: who was seen, and that somebody watched. When each
   * person was first and last seen is kept. Reports that look further back find that nothing was watched.
   */
  readonly forget: (options: {
    readonly before: string
  }) => Promise<{ readonly days: number; readonly heartbeats: number }>
  /** Deletes all evidence about one person, by the application's own user id. False if there was none. */
  readonly erase: (user: string) => Promise<boolean>
}

const forgetSchema = object({ before: day })
const eraseSchema = object({ user: key })

/**
 * Keeps who was seen on which side in the application's PostgreSQL, for a migration's option `evidence`: one statement
 * for each flush.
 *
 * Any number of instances may write at the same time: times only widen, uses add up. If the database's answer is lost
 * after it has written, the same is written again: people and times stay right, uses count double.
 *
 * @throws {AuthError} `configuration_invalid`: not a function that runs SQL.
 */
export function postgresEvidence(driver: Query): PostgresEvidence {
  if (typeof driver !== 'function') throw optionError('postgresEvidence', 'takes a function that runs SQL')
  const query = retrying(driver)
  return {
    async write(sightings, heartbeat) {
      await query(WRITE, [sightingsText(sightings), beatText(heartbeat)])
    },
    async ready() {
      const [row] = await query(READY, [])
      if (row?.['may_write'] !== 'true') throw new Error('the tables of evidence may not be written by this role')
      if (row['only_reads'] !== 'false') throw new Error('the database only reads, so evidence cannot be kept')
    },
    async forget(options) {
      const { before } = parseOptions(forgetSchema, options, 'evidence.forget')
      const [row] = await query(FORGET, [before])
      return { days: Number(row?.['days']), heartbeats: Number(row?.['heartbeats']) }
    },
    async erase(id) {
      const { user } = parseOptions(eraseSchema, { user: id }, 'evidence.erase')
      const [row] = await query(ERASE, [user])
      return row?.['erased'] !== '0'
    },
  }
}

const KEY = 'migration, user_id, side, outcome, organization, client, verifier'

// All writers lock rows in the same order, so two at once wait for each other but never deadlock.
const WRITE = `
with given as (
  select * from pg_catalog.json_to_recordset($1::text::json) as s (migration text, user_id text, side text, outcome text,
    organization text, client text, verifier text, day date, first_ms bigint, last_ms bigint, uses bigint, expires_ms bigint)
), known as (
  insert into dualauth.evidence as e (${KEY}, first_at, last_at, uses, expires_at)
  select ${KEY}, ${momentAt('pg_catalog.min(first_ms)')}, ${momentAt('pg_catalog.max(last_ms)')}, pg_catalog.sum(uses), ${momentAt('pg_catalog.max(expires_ms)')}
  from given group by ${KEY} order by ${KEY}
  on conflict (${KEY}) do update set first_at = least(e.first_at, excluded.first_at),
    last_at = greatest(e.last_at, excluded.last_at), uses = e.uses + excluded.uses,
    expires_at = greatest(e.expires_at, excluded.expires_at)
  returning id, ${KEY}
), days as (
  insert into dualauth.evidence_day as d (day, evidence_id, uses)
  select given.day, known.id, pg_catalog.sum(given.uses) from given join known using (${KEY})
  group by given.day, known.id order by given.day, known.id
  on conflict (day, evidence_id) do update set uses = d.uses + excluded.uses
), beat as (
  insert into dualauth.heartbeat as h (migration, day, instance, first_at, last_at, skew_ms, label, version, digest, lost, ended)
  select migration, day, instance, ${momentAt('first_ms')}, ${momentAt('last_ms')},
    ${millisecondsOf('pg_catalog.clock_timestamp()')}::bigint - written_ms, label, version, digest, lost, ended
  from pg_catalog.json_to_record($2::text::json) as b (migration text, day date, instance text, first_ms bigint, last_ms bigint,
    written_ms bigint, label text, version bigint, digest text, lost bigint, ended boolean)
  on conflict (migration, day, instance) do update set first_at = least(h.first_at, excluded.first_at),
    last_at = greatest(h.last_at, excluded.last_at), written_at = excluded.written_at,
    skew_ms = case when pg_catalog.abs(excluded.skew_ms) > pg_catalog.abs(h.skew_ms) then excluded.skew_ms else h.skew_ms end,
    version = greatest(h.version, excluded.version), label = coalesce(excluded.label, h.label),
    digest = case when h.version > excluded.version or excluded.version is null then h.digest else excluded.digest end,
    lost = greatest(h.lost, excluded.lost), ended = h.ended or excluded.ended
)
select '1' as written`

const READY = `
select pg_catalog.bool_and(pg_catalog.has_table_privilege(name, 'insert') and pg_catalog.has_table_privilege(name, 'update')
  and pg_catalog.has_table_privilege(name, 'select'))::text as may_write,
  -- Also on in a standby, whatever the session asks for.
  pg_catalog.current_setting('transaction_read_only')::boolean::text as only_reads
from pg_catalog.unnest(array['dualauth.evidence', 'dualauth.evidence_day', 'dualauth.heartbeat']) as t (name)`

const FORGET = `
with days as (
  delete from dualauth.evidence_day where day < $1::text::date returning 1
), heartbeats as (
  delete from dualauth.heartbeat where day < $1::text::date returning 1
)
select (select pg_catalog.count(*) from days)::text as days, (select pg_catalog.count(*) from heartbeats)::text as heartbeats`

const ERASE = `
with erased as (
  delete from dualauth.evidence where user_id = $1::text returning 1
)
select pg_catalog.count(*)::text as erased from erased`

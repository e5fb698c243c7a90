import type { Query } from '@dualauth/core'
import { auditedBy } from '../audit/audited.js'
import type { Row } from '../sql/row.js'
import { findGood } from './find-good.js'
import type { StoredPolicy } from './policies-types.js'
import { POLICY_CHANNEL } from './postgres-policy.js'
import { DOCUMENT, parse, policyOf, WRITTEN_MS } from './stored-document.js'

export async function readNewest(query: Query, migration: string): Promise<StoredPolicy | null> {
  const [row] = await query(`${SELECT} order by p.version desc limit 1`, [migration])
  return row === undefined ? null : storedOf(row)
}

export async function readVersion(query: Query, migration: string, version: number): Promise<StoredPolicy | null> {
  const [row] = await query(`${SELECT} and version = $2::text::bigint`, [migration, String(version)])
  return row === undefined ? null : storedOf(row)
}

export async function readHistory(
  query: Query,
  { migration, before, limit }: { readonly migration: string; readonly before?: number; readonly limit: number },
): Promise<readonly StoredPolicy[]> {
  const rows = await query(
    `${SELECT} and ($2::text is null or version < $2::text::bigint) order by p.version desc limit $3::text::integer`,
    [migration, before === undefined ? null : String(before), String(limit)],
  )
  return rows.map(storedOf)
}

/** A checked version to write. */
export interface NewVersion {
  readonly migration: string
  readonly expectedVersion: number
  /** JSON, without its version. */
  readonly content: string
  readonly actor: string
  readonly reason: string
  /** What else the audit keeps. */
  readonly data: object
}

/** The version that was written; null if somebody else has written since. */
export async function writeVersion(query: Query, version: NewVersion): Promise<number | null> {
  const { migration, expectedVersion, content, actor, reason, data } = version
  const rows = await query(WRITE, [migration, String(expectedVersion), content, actor, reason, JSON.stringify(data)])
  const [row] = rows
  return typeof row?.['written'] === 'string' ? Number(row['written']) : null
}

/**
 * The version that counts: one that no instance accepts has changed nothing. All versions are searched, a few at a
 * time: a move must not be judged as if there were none.
 * @param newest The newest of all, even if it does not count.
 */
export async function readGood(
  query: Query,
  migration: string,
  newest: StoredPolicy | null,
): Promise<StoredPolicy | null> {
  if (newest === null || newest.document !== null) return newest
  const whole = { migration, below: MAX_BIGINT, above: '0', limit: Number.POSITIVE_INFINITY }
  const { good } = await findGood(query, whole)
  return good === null ? null : readVersion(query, migration, Number(good.version))
}

const MAX_BIGINT = '9223372036854775807'

function storedOf(row: Row): StoredPolicy {
  return {
    version: Number(row['version']),
    document: policyOf(parse(String(row['document']))),
    writtenAt: Number(row['written_ms']),
    actor: String(row['actor']),
    reason: String(row['reason']),
  }
}

const SELECT = `
select version::text as version, ${DOCUMENT} as document,
  ${WRITTEN_MS} as written_ms, actor, reason
from dualauth.policy p where migration = $1::text`

// Above what instances know: if the newest versions were lost, as by restoring a backup, their numbers are not used
// again. The last number that a version can have would leave none.
const WRITE = `
with newest as (
  select coalesce(pg_catalog.max(version), 0) as version from dualauth.policy where migration = $1::text
), known as (
  select coalesce(pg_catalog.max(version), 0::bigint) as version from dualauth.heartbeat
  where migration = $1::text and version < ${Number.MAX_SAFE_INTEGER}::bigint
), written as (
  insert into dualauth.policy (migration, version, document, actor, reason)
  select $1::text, greatest(newest.version, known.version) + 1::bigint, $3::text::jsonb, $4::text, $5::text
  from newest cross join known where newest.version = $2::text::bigint
  -- Somebody wrote it at the same time.
  on conflict do nothing returning version
), notified as (
  select pg_catalog.pg_notify('${POLICY_CHANNEL}', $1::text) from written
),
${auditedBy('written', {
  event: 'policy.changed',
  actor: '$4::text',
  subject: '$1::text',
  reason: '$5::text',
  data: `pg_catalog.jsonb_build_object('version', written.version) || $6::text::jsonb`,
})}
select (select version from written)::text as written, (select pg_catalog.count(*) from notified)::text as notified`

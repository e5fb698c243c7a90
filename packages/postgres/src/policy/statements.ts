import { isAuthError, readPolicy, type PolicyDocument, type Query } from '@dualauth/core'
import { auditedBy } from '../audit/audited.js'
import { millisecondsOf } from '../sql/moments.js'
import type { Row } from '../sql/row.js'
import type { StoredPolicy } from './policies-types.js'
import { DOCUMENT, POLICY_CHANNEL } from './postgres-policy.js'

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
  { migration, before, limit }: { readonly migration: string; readonly before: number; readonly limit: number },
): Promise<readonly StoredPolicy[]> {
  const rows = await query(`${SELECT} and version < $2::text::bigint order by p.version desc limit $3::text::integer`, [
    migration,
    String(before),
    String(limit),
  ])
  return rows.map(storedOf)
}

/** A version to be written, checked. */
export interface NewVersion {
  readonly migration: string
  readonly expectedVersion: number
  /** JSON, without its version. */
  readonly content: string
  readonly actor: string
  readonly reason: string
  /** What the audit keeps besides. */
  readonly data: object
}

/** False where somebody else has written since. */
export async function writeVersion(query: Query, version: NewVersion): Promise<boolean> {
  const { migration, expectedVersion, content, actor, reason, data } = version
  const rows = await query(WRITE, [migration, String(expectedVersion), content, actor, reason, JSON.stringify(data)])
  return rows[0]?.['written'] === '1'
}

/**
 * The policy that counts: what no instance takes has changed nothing.
 * @param newest Of all; it need not be one that counts.
 */
export async function goodPolicy(
  query: Query,
  migration: string,
  newest: StoredPolicy | null,
): Promise<PolicyDocument | null> {
  if (newest === null || newest.document !== null) return newest?.document ?? null
  const stored = await readHistory(query, { migration, before: Number.MAX_SAFE_INTEGER, limit: MAX_BAD })
  return stored.find(({ document }) => document !== null)?.document ?? null
}

/** So many bad versions in a row are looked through for a good one. */
const MAX_BAD = 100

function storedOf(row: Row): StoredPolicy {
  return {
    version: Number(row['version']),
    document: documentOf(String(row['document'])),
    writtenAt: Number(row['written_ms']),
    actor: String(row['actor']),
    reason: String(row['reason']),
  }
}

/** Null: somebody's own statement has written what no instance takes. */
function documentOf(text: string): PolicyDocument | null {
  try {
    return readPolicy(JSON.parse(text))
  } catch (error) {
    if (isAuthError(error)) return null
    throw error
  }
}

const SELECT = `
select version::text as version, ${DOCUMENT} as document,
  ${millisecondsOf('created_at')} as written_ms, actor, reason
from dualauth.policy p where migration = $1::text`

const WRITE = `
with newest as (
  select coalesce(max(version), 0) as version from dualauth.policy where migration = $1::text
), written as (
  insert into dualauth.policy (migration, version, document, actor, reason)
  select $1::text, newest.version + 1, $3::text::jsonb, $4::text, $5::text
  from newest where newest.version = $2::text::bigint
  -- Somebody wrote it at the same time.
  on conflict do nothing returning version
), notified as (
  select pg_notify('${POLICY_CHANNEL}', $1::text) from written
),
${auditedBy('written', {
  event: 'policy.changed',
  actor: '$4::text',
  subject: '$1::text',
  reason: '$5::text',
  data: `jsonb_build_object('version', written.version) || $6::text::jsonb`,
})}
select (select count(*) from written)::text as written, (select count(*) from notified)::text as notified`

import type { Query } from '@dualauth/core'

/** An instance of the application that reported recently. */
export interface Instance {
  readonly instance: string
  /** The label that the application gives it; null if it has none. */
  readonly label: string | null
  /** Version of the newest policy that it knows; null if it knows none. */
  readonly version: number | null
  /** `policyDigest` of that policy; null if it does not report one. */
  readonly digest: string | null
  /** Whether the database has that version. False: it was lost, for example when a backup was restored. */
  readonly isStored: boolean
  /** Milliseconds since the epoch, by the database's clock: an instance's clock may be wrong. */
  readonly lastAt: number
}

/**
 * Instances that reported within the last few minutes and did not report that they stopped. They report once a minute.
 */
export async function readInstances(query: Query, migration: string): Promise<readonly Instance[]> {
  const rows = await query(INSTANCES, [migration])
  return rows.map((row) => ({
    instance: String(row['instance']),
    label: textOf(row['label']),
    version: row['version'] === null ? null : Number(row['version']),
    digest: textOf(row['digest']),
    isStored: row['is_stored'] === 'true',
    lastAt: Number(row['last_ms']),
  }))
}

/**
 * Whether an instance has this version with this content. The number alone proves nothing, because it may have been
 * used twice.
 */
export function hasPolicy(
  { version, digest }: Pick<Instance, 'version' | 'digest'>,
  policy: { readonly version: number; readonly digest: string | null },
): boolean {
  return version === policy.version && (digest === null || policy.digest === null || digest === policy.digest)
}

/** The name by which people know it. */
export function nameOf({ instance, label }: Pick<Instance, 'instance' | 'label'>): string {
  return label === null ? instance : `${label} (${instance})`
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

const INSTANCES = `
with beat as (
  select instance, pg_catalog.max(label) as label, pg_catalog.max(version) as version,
    (pg_catalog.array_agg(digest order by version desc nulls last))[1] as digest,
    pg_catalog.trunc(extract(epoch from pg_catalog.max(written_at))::numeric * 1000::numeric)::text as last_ms
  from dualauth.heartbeat where migration = $1::text
    and (day >= (pg_catalog.now() at time zone 'UTC')::date - 1 or written_at > pg_catalog.now() - interval '150 seconds')
  group by instance
  having pg_catalog.max(written_at) > pg_catalog.now() - interval '150 seconds' and not pg_catalog.bool_or(ended)
)
select instance, label, version::text as version, digest, last_ms, exists (
  select from dualauth.policy p where p.migration = $1::text and p.version = beat.version
)::text as is_stored
from beat order by instance collate "C"`

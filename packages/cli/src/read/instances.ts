import type { Query } from '@dualauth/core'

/** One instance of the application that was heard of lately. */
export interface Instance {
  readonly instance: string
  /** Of the newest policy that it knows; null: none. */
  readonly version: number | null
  /** Milliseconds since the epoch. */
  readonly lastAt: number
}

/** Instances that kept evidence within the last minutes and have not said that they ended. They say so once a minute. */
export async function readInstances(query: Query, migration: string): Promise<readonly Instance[]> {
  const rows = await query(INSTANCES, [migration])
  return rows.map((row) => ({
    instance: String(row['instance']),
    version: row['version'] === null ? null : Number(row['version']),
    lastAt: Number(row['last_ms']),
  }))
}

const INSTANCES = `
select instance, pg_catalog.max(version)::text as version, 
  pg_catalog.trunc(extract(epoch from pg_catalog.max(last_at))::numeric * 1000::numeric)::text as last_ms
from dualauth.heartbeat where migration = $1::text and day >= (pg_catalog.now() at time zone 'UTC')::date - 1
group by instance having pg_catalog.max(last_at) > pg_catalog.now() - interval '150 seconds' and not pg_catalog.bool_or(ended)
order by instance collate "C"`

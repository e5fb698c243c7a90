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
select instance, max(version)::text as version, trunc(extract(epoch from max(last_at)) * 1000)::text as last_ms
from dualauth.heartbeat where migration = $1::text and day >= (now() at time zone 'UTC')::date - 1
group by instance having max(last_at) > now() - interval '150 seconds' and not bool_or(ended)
order by instance collate "C"`

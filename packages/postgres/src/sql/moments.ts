/** Milliseconds since the epoch as text; null also for an infinite time. */
export function millisecondsOf(moment: string): string {
  return `pg_catalog.floor(extract(epoch from case when pg_catalog.isfinite(${moment}) then ${moment} end)::numeric * 1000::numeric)::bigint::text`
}

/** A time, from a number of milliseconds since the epoch. */
export function momentAt(milliseconds: string): string {
  return `pg_catalog.to_timestamp(${milliseconds}::double precision / 1000::double precision)`
}

/** Milliseconds since the epoch as text; null also for a moment that is infinite. */
export function millisecondsOf(moment: string): string {
  return `pg_catalog.floor(extract(epoch from case when pg_catalog.isfinite(${moment}) then ${moment} end)::numeric * 1000::numeric)::bigint::text`
}

/** A moment, from milliseconds since the epoch that are a number. */
export function momentAt(milliseconds: string): string {
  return `pg_catalog.to_timestamp(${milliseconds}::double precision / 1000::double precision)`
}

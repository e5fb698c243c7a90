/** Milliseconds since the epoch as text; null also for a moment that is infinite. */
export function millisecondsOf(moment: string): string {
  return `floor(extract(epoch from case when isfinite(${moment}) then ${moment} end) * 1000)::bigint::text`
}

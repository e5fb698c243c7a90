/** A list as JSON text; null if no row has these conditions. */
export function aggregate(value: string, from: string, ...conditions: readonly string[]): string {
  return `(select pg_catalog.json_agg(${value})::text from ${from} where ${conditions.filter((one) => one !== 'true').join(' and ')})`
}

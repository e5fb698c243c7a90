export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/**
 * The day in UTC, such as `2026-03-01`.
 *
 * @param at Milliseconds since the epoch.
 */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

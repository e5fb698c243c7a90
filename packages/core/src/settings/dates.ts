import * as z from 'zod/mini'

/** A calendar day written by an operator, such as `2026-03-01`, from 1970 to 9999. It begins in UTC. */
export function isDay(value: string): boolean {
  return z.regexes.date.test(value) && isInRange(value)
}

/** A time written by an operator: day, time and time zone, from 1970 to 9999 in UTC. @see RFC 3339 */
export function isDateTime(value: string): boolean {
  // `Date.parse` alone reads 30 February as 2 March.
  return DATE_TIME.test(value) && z.regexes.date.test(value.slice(0, DAY_LENGTH)) && isInRange(value)
}

const DAY_LENGTH = 10
/** PostgreSQL refuses offsets of 16 hours or more; real ones are at most 14. */
const DATE_TIME =
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/

/** HTTP dates have four-digit years, and no header has a time before the epoch. */
const END = Date.UTC(10_000, 0, 1)

function isInRange(value: string): boolean {
  const moment = Date.parse(value)
  return moment >= 0 && moment < END
}

/** The form that `isDateTime` accepts, worded to follow "must be". */
export const DATE_TIME_FORM =
  'a date that exists, from 1970 to 9999, as ISO 8601 with a time zone, such as 2026-03-01T00:00:00Z'

/** The same as an option. */
export const dateTime: z.ZodMiniType<string> = z.custom<string>(
  (value) => typeof value === 'string' && isDateTime(value),
  DATE_TIME_FORM,
)

/** A day as an option. */
export const day: z.ZodMiniType<string> = z.custom<string>(
  (value) => typeof value === 'string' && isDay(value),
  'a day that exists, from 1970 to 9999, such as 2026-03-01',
)

import * as z from 'zod/mini'

/** A day of the calendar that an operator writes down, such as `2026-03-01`, from 1970 to 9999. It begins in UTC. */
export function isDay(value: string): boolean {
  return z.regexes.date.test(value) && isInRange(value)
}

/** A moment that an operator writes down: day, time and time zone, from 1970 to 9999 in UTC. @see RFC 3339 */
export function isDateTime(value: string): boolean {
  // `Date.parse` alone takes 30 February for 2 March.
  return DATE_TIME.test(value) && z.regexes.date.test(value.slice(0, DAY_LENGTH)) && isInRange(value)
}

const DAY_LENGTH = 10
/** PostgreSQL takes no time zone of 16 hours and more; none is more than 14 away. */
const DATE_TIME =
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/

/** Dates of HTTP have years of four digits, and no header holds a moment before the epoch. */
const END = Date.UTC(10_000, 0, 1)

function isInRange(value: string): boolean {
  const moment = Date.parse(value)
  return moment >= 0 && moment < END
}

/** What `isDateTime` takes, in words that follow "must be". */
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

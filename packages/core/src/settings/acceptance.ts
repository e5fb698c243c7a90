import * as z from 'zod/mini'
import { dateTime, day } from './dates.js'
import { optionError } from './options.js'
import { isObject, object, text } from './schemas.js'

/** Accepts something unsafe that a team has inherited, until a date. */
export interface Acceptance {
  /**
   * ISO 8601: a date (`2027-06-30`, from its first moment in UTC) or a date-time with `Z` or an offset. From that
   * moment on, construction fails, and a running process refuses the credentials that relied on it.
   */
  readonly until: string
  /** For the readers of the event that is emitted at every start. */
  readonly reason: string
}

/** The time until which something is accepted. */
export const moment: z.ZodMiniType<string> = z.union(
  [day, dateTime],
  'an ISO 8601 date that exists, from 1970 to 9999, such as 2027-06-30, or a date-time with Z or an offset',
)

export const acceptance: z.ZodMiniType<{ until: string; reason: string }> = z.pipe(
  z.custom<object>(isObject, 'an object { until, reason }'),
  object({ until: moment, reason: text }) as z.ZodMiniType<{ until: string; reason: string }, object>,
)

/** @throws {AuthError} `configuration_invalid`: the date has passed. */
export function assertAcceptance({ until }: Acceptance, option: string, mend: string, now: number): void {
  if (!(Date.parse(until) > now)) throw optionError(`${option}.until`, `has passed; ${mend}`)
}

import * as z from 'zod/mini'
import type { MigrationNotice } from '../../migration/notice.js'
import type { Signals } from '../../migration/policy/signals.js'
import { isPageUrl, pageUrl } from '../../outbound/page-url.js'
import { verifierName } from '../../settings/schemas.js'

/** Two dates, and a link for each. */
const MAX_SIGNALS = 4
const LINK = /^<([^<>"\s]+)>; rel="(?:deprecation|sunset)"; type="text\/html"$/
const STRUCTURED_DATE = /^@\d{1,12}$/

/**
 * Header fields for the API's answer: only these three, in the form that policies produce, without characters that end
 * a field.
 */
export const signals: z.ZodMiniType<Signals> = z
  .array(
    z.union([
      z.tuple([z.literal('Deprecation'), z.string().check(z.regex(STRUCTURED_DATE))]),
      z.tuple([z.literal('Sunset'), z.string().check(z.refine(isHttpDate))]),
      z.tuple([z.literal('Link'), z.string().check(z.refine(isPageLink))]),
    ]),
  )
  .check(z.maxLength(MAX_SIGNALS))

/** What a caller on the old side can do next; it is sent. */
export const notice: z.ZodMiniType<MigrationNotice> = z.strictObject({
  migration: verifierName,
  login: z.nullable(pageUrl),
  documentation: z.nullable(pageUrl),
})

/** @see RFC 9110 section 5.6.7 */
function isHttpDate(value: string): boolean {
  return value.length <= 40 && !Number.isNaN(Date.parse(value)) && new Date(value).toUTCString() === value
}

function isPageLink(value: string): boolean {
  const page = LINK.exec(value)?.[1]
  return page !== undefined && isPageUrl(page)
}

import { discreetQuery, type AuditRecord, type Query } from '@dualauth/core'
import { storable } from '../sql/id-column.js'
import { object, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { millisecondsOf } from '../sql/moments.js'

/** One decision, and who made it. */
export interface AuditEntry extends Omit<AuditRecord, 'data'> {
  /** Grows with time; the cursor of the next page. */
  readonly id: string
  readonly data: unknown
}

const schema = object({
  before: z.exactOptional(z.string('an id of the list').check(z.regex(/^\d{1,18}$/))),
  subject: z.exactOptional(storable),
  limit: z._default(wholeBetween(1, 1000), 100),
})

/** Decisions about links, conflicts, grants and keys, newest first. Pass the last id as `before` for the next page. */
export async function listAudit(
  query: Query,
  options: { readonly before?: string; readonly subject?: string; readonly limit?: number } = {},
): Promise<readonly AuditEntry[]> {
  const { before = null, subject = null, limit } = parseOptions(schema, options, 'listAudit')
  const rows = await discreetQuery(query)(LIST, [before, subject, String(limit)])
  return rows.map((row) => ({
    id: String(row['id']),
    at: Number(row['at_ms']),
    actor: String(row['actor']),
    event: String(row['event']),
    organization: (row['organization'] ?? null) as string | null,
    subject: (row['subject'] ?? null) as string | null,
    reason: (row['reason'] ?? null) as string | null,
    data: JSON.parse(String(row['data'])) as unknown,
  }))
}

// `id` alone would mean the column of the result, which is text: 9 before 10.
const LIST = `
select id::text as id, ${millisecondsOf('at')} as at_ms, actor, event, organization, subject, reason,
  data::text as data
from dualauth.audit a
where ($1::text is null or id < $1::text::bigint) and ($2::text is null or subject = $2::text)
order by a.id desc limit $3::text::integer`

import type { Query } from '@dualauth/core'
import { object, optionError, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { millisecondsOf } from '../sql/moments.js'
import type { IdentityKey } from '../accounts/identity-key.js'
import { auditedBy } from '../audit/audited.js'
import type { Decision } from '../links/links.js'
import type { Plan } from '../accounts/plan.js'
import { isIdOf, key, storable } from '../sql/id-column.js'

/** An identity that asks for an account that it cannot have, until somebody decides. */
export interface Conflict extends IdentityKey {
  readonly id: string
  /**
   * `address_taken`: its address belongs to `account`; `account_linked`: the account that its provider names has
   * another identity there; `account_unknown`: its provider names an account that does not exist here;
   * `account_incomplete`: a column of the new account has no value or refuses it; or the reason from your `provision`.
   */
  readonly kind: string
  /** The account that it asks for, if known. */
  readonly account: string | null
  /** How often it asked, counted at most once a minute. */
  readonly seen: number
  /** Milliseconds since the epoch. */
  readonly firstSeen: number
  readonly lastSeen: number
}

/** What somebody decided about a conflict, and why. */
export type Resolution = Decision &
  (
    | {
        /** It is that person: `account`, or the account that the conflict names. */
        readonly resolution: 'link'
        readonly account?: string
      }
    /** It is another person: `provision: 'create'` creates an account without the taken address. */
    | { readonly resolution: 'separate' }
    /** It stays refused, and is no longer listed. */
    | { readonly resolution: 'ignore' }
  )

/** Whether the decision took effect. */
export type ResolveOutcome =
  | { readonly ok: true }
  /**
   * `not_open`: no such conflict, or already resolved; `taken`: the identity or the account is already linked;
   * `account_unknown`: no account is named, or it does not exist.
   */
  | { readonly ok: false; readonly why: 'not_open' | 'taken' | 'account_unknown' }

/** Open conflicts. */
export interface Conflicts {
  /** Oldest first; pass the last id as `after` for the next page. */
  readonly list: (options?: {
    readonly kind?: string
    readonly after?: string
    readonly limit?: number
  }) => Promise<readonly Conflict[]>
  /** How many are open, by kind. */
  readonly count: () => Promise<Readonly<Record<string, number>>>
  readonly resolve: (id: string, resolution: Resolution) => Promise<ResolveOutcome>
}

const id = z.string('an id of the list').check(z.regex(/^\d{1,18}$/))
const listSchema = object({
  kind: z.exactOptional(storable),
  after: z._default(id, '0'),
  limit: z._default(wholeBetween(1, 1000), 100),
})
const resolveSchema = object({
  resolution: z.enum(['link', 'separate', 'ignore']),
  account: z.exactOptional(key),
  actor: storable,
  reason: storable,
})

export function createConflicts(query: Query, planned: () => Promise<Plan>): Conflicts {
  return {
    async list(options = {}) {
      const { kind = null, after, limit } = parseOptions(listSchema, options, 'conflicts.list')
      const rows = await query(LIST, [after, kind, String(limit)])
      return rows.map((row) => ({
        id: String(row['id']),
        kind: String(row['kind']),
        verifier: String(row['verifier']),
        issuer: String(row['issuer']),
        subject: String(row['subject']),
        account: (row['account_id'] ?? null) as string | null,
        seen: Number(row['seen']),
        firstSeen: Number(row['first_ms']),
        lastSeen: Number(row['last_ms']),
      }))
    },
    async count() {
      const rows = await query(COUNT, [])
      return Object.fromEntries(rows.map((row) => [String(row['kind']), Number(row['open'])]))
    },
    async resolve(conflict, options) {
      const { resolution, account = null, actor, reason } = parseOptions(resolveSchema, options, 'conflicts.resolve')
      if (account !== null && resolution !== 'link')
        throw optionError('conflicts.resolve.account', "goes with 'link' only")
      const plan = await planned()
      if (account !== null && !isIdOf(plan.id.type, account))
        throw optionError('conflicts.resolve.account', 'cannot be the id of a user')
      if (!/^\d{1,18}$/.test(conflict)) return { ok: false, why: 'not_open' }
      const [row] = await query(resolveSql(plan.existing('$3')), [conflict, resolution, account, actor, reason])
      if (row?.['resolved'] === '1') return { ok: true }
      if (row?.['open'] !== '1') return { ok: false, why: 'not_open' }
      return { ok: false, why: row['named'] === 'true' ? 'taken' : 'account_unknown' }
    },
  }
}

// `id` alone would mean the column of the result, which is text: 10 before 9.
const LIST = `
select id::text as id, kind, verifier, issuer, subject, account_id, seen::text as seen,
  ${millisecondsOf('first_seen')} as first_ms,
  ${millisecondsOf('last_seen')} as last_ms
from dualauth.conflict c
where resolved_at is null and id > $1::text::bigint and ($2::text is null or kind = $2::text)
order by c.id limit $3::text::integer`

const COUNT = `select kind, pg_catalog.count(*)::text as open from dualauth.conflict where resolved_at is null group by kind`

const resolveSql = (account: string): string => `
with open as (
  select id, verifier, issuer, subject, kind, case when $3::text is null then account_id else ${account} end as account_id
  from dualauth.conflict where id = $1::text::bigint and resolved_at is null for update
), linked as (
  insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  select verifier, issuer, subject, account_id, 'admin' from open where $2::text = 'link' and account_id is not null
  on conflict do nothing returning account_id
), resolved as (
  update dualauth.conflict c
  set resolved_at = pg_catalog.now(), resolution = $2::text, resolved_by = $4::text, reason = $5::text
  from open where c.id = open.id and ($2::text <> 'link' or exists (select 1 from linked))
  returning c.id, c.kind, c.verifier, c.issuer, open.account_id
),
${auditedBy('resolved', {
  event: 'conflict.resolved',
  actor: '$4::text',
  subject: 'resolved.account_id',
  reason: '$5::text',
  data: `pg_catalog.jsonb_build_object('conflict', resolved.id, 'kind', resolved.kind, 'resolution', $2::text,
    'verifier', resolved.verifier, 'issuer', resolved.issuer)`,
})}
select (select pg_catalog.count(*) from open)::text as open, (select pg_catalog.count(*) from resolved)::text as resolved,
  (select account_id is not null from open)::text as named`

import type { Query } from '@dualauth/core'
import { object, optionError, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { keyParams, type IdentityKey } from '../accounts/identity-key.js'
import { auditedBy } from '../audit/audited.js'
import { isIdOf, key } from '../sql/id-column.js'

/** An identity of an account. */
export interface IdentityLink extends IdentityKey {
  readonly account: string
  /** `first-sign-in`, `provisioned`, `admin`, `import`, `exchange` or `scim`. */
  readonly how: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Milliseconds since the epoch; null while it holds. */
  readonly endedAt: number | null
  readonly endedReason: string | null
}

/** Who decides, and why; both stand in the audit. */
export interface Decision {
  readonly actor: string
  readonly reason: string
}

/** A link that somebody decided on. */
export interface AddLink extends IdentityKey, Decision {
  /** The application's own id. */
  readonly account: string
  /** Default `admin`. */
  readonly how?: 'admin' | 'import' | 'exchange' | 'scim'
  /** Links a subject again whose link was ended. Default false. */
  readonly reopen?: boolean
}

/** Why there is no link: the identity belongs to an account, its link was ended, or the account has another identity there. */
export type LinkOutcome =
  { readonly ok: true } | { readonly ok: false; readonly why: 'identity_taken' | 'identity_ended' | 'account_taken' }

/** Identities and the accounts that they are. */
export interface Links {
  /** Of one account, those that ended too. */
  readonly list: (account: string) => Promise<readonly IdentityLink[]>
  /** Adding the same link twice is one link. Two accounts never share a subject. */
  readonly add: (link: AddLink) => Promise<LinkOutcome>
  /** The subject is refused from now on, and not linked again by itself. False where no link held. */
  readonly end: (link: IdentityKey & Decision) => Promise<boolean>
}

const identity = { verifier: key, issuer: key, subject: key }
const decision = { actor: text, reason: text }
const addSchema = object({
  ...identity,
  ...decision,
  account: key,
  how: z._default(z.enum(['admin', 'import', 'exchange', 'scim']), 'admin'),
  reopen: z._default(z.boolean(), false),
})
const endSchema = object({ ...identity, ...decision })

/** @param idType Of the users' ids, by the catalog. */
export function createLinks(query: Query, idType: () => Promise<string>): Links {
  return {
    async list(account) {
      const rows = await query(LIST, [account])
      return rows.map((row) => ({
        verifier: String(row['verifier']),
        issuer: String(row['issuer']),
        subject: String(row['subject']),
        account,
        how: String(row['how']),
        createdAt: Number(row['created_ms']),
        endedAt: row['ended_ms'] === null ? null : Number(row['ended_ms']),
        endedReason: (row['ended_reason'] ?? null) as string | null,
      }))
    },
    async add(link) {
      const { account, how, reopen, actor, reason, ...of } = parseOptions(addSchema, link, 'links.add')
      if (!isIdOf(await idType(), account)) throw optionError('links.add.account', 'cannot be the id of a user')
      const [row] = await query(ADD, [...keyParams(of), account, how, String(reopen), actor, reason])
      if (row?.['linked'] === '1' || row?.['same'] === 'true') return { ok: true }
      if (row?.['held'] === 'ended') return { ok: false, why: 'identity_ended' }
      return { ok: false, why: row?.['held'] === 'active' ? 'identity_taken' : 'account_taken' }
    },
    async end(link) {
      const { actor, reason, ...of } = parseOptions(endSchema, link, 'links.end')
      const rows = await query(END, [...keyParams(of), actor, reason])
      return rows[0]?.['ended'] === '1'
    },
  }
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint::text`

const LIST = `
select verifier, issuer, subject, how, ${MS('created_at')} as created_ms, ${MS('ended_at')} as ended_ms, ended_reason
from dualauth.identity_link where account_id = $1::text order by created_at, verifier, issuer, subject`

// The index of active links may refuse a row whose key is free: then the account has another identity there.
const ADD = `
with held as (
  select account_id, ended_at from dualauth.identity_link
  where verifier = $1::text and issuer = $2::text and subject = $3::text
), fresh as (
  insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  values ($1::text, $2::text, $3::text, $4::text, $5::text)
  on conflict do nothing returning account_id
), again as (
  update dualauth.identity_link l
  set account_id = $4::text, how = $5::text, created_at = now(), ended_at = null, ended_reason = null
  where l.verifier = $1::text and l.issuer = $2::text and l.subject = $3::text and l.ended_at is not null
    and $6::text::boolean and not exists (
      select 1 from dualauth.identity_link o
      where o.account_id = $4::text and o.verifier = $1::text and o.issuer = $2::text and o.ended_at is null
    )
  returning account_id
), made as (select account_id from fresh union all select account_id from again),
${auditedBy('made', {
  event: 'link.added',
  actor: '$7::text',
  subject: 'made.account_id',
  reason: '$8::text',
  data: `jsonb_build_object('verifier', $1::text, 'issuer', $2::text, 'how', $5::text)`,
})}
select (select count(*) from made)::text as linked,
  (select case when ended_at is null then 'active' else 'ended' end from held) as held,
  (select ended_at is null and account_id = $4::text from held)::text as same`

const END = `
with ended as (
  update dualauth.identity_link set ended_at = now(), ended_reason = $5::text
  where verifier = $1::text and issuer = $2::text and subject = $3::text and ended_at is null
  returning account_id
),
${auditedBy('ended', {
  event: 'link.ended',
  actor: '$4::text',
  subject: 'ended.account_id',
  reason: '$5::text',
  data: `jsonb_build_object('verifier', $1::text, 'issuer', $2::text)`,
})}
select count(*)::text as ended from ended`

import type { Query } from '@dualauth/core'
import { object, optionError, parseOptions } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { millisecondsOf } from '../sql/moments.js'
import { keyParams, type IdentityKey } from '../accounts/identity-key.js'
import { auditedBy } from '../audit/audited.js'
import type { Plan } from '../accounts/plan.js'
import { isIdOf, key, storable } from '../sql/id-column.js'
import { sqlStateOf, UNIQUE_VIOLATION } from '../sql/sql-state.js'
import type { Row } from '../sql/row.js'
import { canonical } from './canonical.js'

/** An identity of an account. */
export interface IdentityLink extends IdentityKey {
  readonly account: string
  /** `first-sign-in`, `provisioned`, `admin`, `import`, `exchange` or `scim`. */
  readonly how: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Milliseconds since the epoch; null while it is active. */
  readonly endedAt: number | null
  readonly endedReason: string | null
}

/** Who decides, and why. Both are written to the audit. */
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
  /** Links a subject again after its link was ended. Default false. */
  readonly reopen?: boolean
}

/** The subject that a provider names. */
export interface FindLink extends Omit<IdentityKey, 'issuer'> {
  /** Default: every issuer that the verifier has links for. */
  readonly issuer?: string
}

/**
 * Why no link was created: the identity belongs to an account, its link was ended, or the account has another identity
 * there.
 */
export type LinkOutcome =
  { readonly ok: true } | { readonly ok: false; readonly why: 'identity_taken' | 'identity_ended' | 'account_taken' }

/** Identities and their accounts. */
export interface Links {
  /** Of one account, including links that have ended. */
  readonly list: (account: string) => Promise<readonly IdentityLink[]>
  /**
   * The account of an identity, for what a provider says about a subject elsewhere, such as in a webhook. Null if no
   * link is active, and for identities of `ownId: 'subject'`, which have none. It does not say whether the account is
   * accepted.
   *
   * Without `issuer`, all issuers of the verifier are searched; most verifiers have one.
   *
   * @throws {AuthError} `configuration_invalid`: the subject has different accounts at two issuers, and `issuer` must
   *   say which is meant.
   */
  readonly find: (identity: FindLink) => Promise<string | null>
  /** Adding the same link twice creates one link. Two accounts never share a subject. */
  readonly add: (link: AddLink) => Promise<LinkOutcome>
  /**
   * Ends the link: the subject is refused from now on and is not linked again automatically. False: there was no link,
   * so nothing is refused. An identity of `ownId: 'subject'` has no link; deactivate its account.
   */
  readonly end: (link: IdentityKey & Decision) => Promise<boolean>
}

const identity = { verifier: key, issuer: key, subject: key }
const decision = { actor: storable, reason: storable }
const addSchema = object({
  ...identity,
  ...decision,
  account: key,
  how: z._default(z.enum(['admin', 'import', 'exchange', 'scim']), 'admin'),
  reopen: z._default(z.boolean(), false),
})
const findSchema = object({ ...identity, issuer: z.exactOptional(key) })
const listSchema = object({ account: key })
const endSchema = object({ ...identity, ...decision })

export function createLinks(query: Query, planned: () => Promise<Plan>): Links {
  return {
    async list(id) {
      const { account } = parseOptions(listSchema, { account: id }, 'links.list')
      const plan = await planned()
      if (!isIdOf(plan.id.type, account)) return []
      const rows = await query(listSql(canonical(plan, '$1')), [account])
      return rows.map((row) => ({
        verifier: String(row['verifier']),
        issuer: String(row['issuer']),
        subject: String(row['subject']),
        account: String(row['account_id']),
        how: String(row['how']),
        createdAt: Number(row['created_ms']),
        endedAt: row['ended_ms'] === null ? null : Number(row['ended_ms']),
        endedReason: (row['ended_reason'] ?? null) as string | null,
      }))
    },
    async find(identity) {
      const { verifier, issuer, subject } = parseOptions(findSchema, identity, 'links.find')
      const [row, other] =
        issuer === undefined
          ? await query(FIND_ANY, [verifier, subject])
          : await query(FIND, keyParams({ verifier, issuer, subject }))
      if (other !== undefined) throw optionError('links.find.issuer', 'must say which of several issuers is meant')
      return (row?.['account_id'] ?? null) as string | null
    },
    async add(link) {
      const { account, how, reopen, actor, reason, ...of } = parseOptions(addSchema, link, 'links.add')
      const plan = await planned()
      if (!isIdOf(plan.id.type, account)) throw optionError('links.add.account', 'cannot be the id of a user')
      const params = [...keyParams(of), account, how, String(reopen), actor, reason]
      const row = await settled(() => query(addSql(canonical(plan, '$4')), params))
      if (isLinked(row)) return { ok: true }
      if (row?.['held'] === 'ended' && !reopen) return { ok: false, why: 'identity_ended' }
      return { ok: false, why: row?.['held'] === 'active' ? 'identity_taken' : 'account_taken' }
    },
    async end(link) {
      const { actor, reason, ...of } = parseOptions(endSchema, link, 'links.end')
      const rows = await query(END, [...keyParams(of), actor, reason])
      return rows[0]?.['ended'] === '1'
    },
  }
}

/** How often another writer may be faster at the same moment. */
const ATTEMPTS = 3

/** A statement does not see what was committed while it waited; the next one does, and reports it. */
async function settled(add: () => Promise<readonly Row[]>): Promise<Row | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const [row] = await add()
      if (isLinked(row) || row?.['held'] === 'active' || attempt > 1) return row
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION || attempt === ATTEMPTS) throw error
    }
  }
}

function isLinked(row: Row | undefined): boolean {
  return row?.['linked'] === '1' || row?.['same'] === 'true'
}

const FIND = `
select account_id from dualauth.identity_link
where verifier = $1::text and issuer = $2::text and subject = $3::text and ended_at is null`

// Goes from one issuer to the next by the index: a verifier has few issuers and many links.
const FIND_ANY = `
with recursive known as (
  (select issuer from dualauth.identity_link where verifier = $1::text order by issuer limit 1)
  union all
  select (
    select issuer from dualauth.identity_link
    where verifier = $1::text and issuer > known.issuer order by issuer limit 1
  ) from known where known.issuer is not null
)
select distinct account_id
from known join dualauth.identity_link as link on link.issuer = known.issuer
where link.verifier = $1::text and link.subject = $2::text and link.ended_at is null
limit 2`

const listSql = (account: string): string => `
select account_id, verifier, issuer, subject, how, ${millisecondsOf('created_at')} as created_ms, ${millisecondsOf('ended_at')} as ended_ms, ended_reason
from dualauth.identity_link where account_id = ${account} order by created_at, verifier, issuer, subject`

// The index of active links may refuse a row whose key is free: then the account has another identity there.
const addSql = (account: string): string => `
with wanted as (select ${account} as account_id), held as (
  select account_id, ended_at from dualauth.identity_link
  where verifier = $1::text and issuer = $2::text and subject = $3::text
), fresh as (
  insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
  select $1::text, $2::text, $3::text, wanted.account_id, $5::text from wanted
  on conflict do nothing returning account_id
), again as (
  update dualauth.identity_link l
  set account_id = wanted.account_id, how = $5::text, created_at = pg_catalog.now(), ended_at = null, ended_reason = null
  from wanted
  where l.verifier = $1::text and l.issuer = $2::text and l.subject = $3::text and l.ended_at is not null
    and $6::text::boolean and not exists (
      select 1 from dualauth.identity_link o
      where o.account_id = wanted.account_id and o.verifier = $1::text and o.issuer = $2::text and o.ended_at is null
    )
  returning l.account_id
), made as (select account_id from fresh union all select account_id from again),
${auditedBy('made', {
  event: 'link.added',
  actor: '$7::text',
  subject: 'made.account_id',
  reason: '$8::text',
  data: `pg_catalog.jsonb_build_object('verifier', $1::text, 'issuer', $2::text, 'how', $5::text)`,
})}
select (select pg_catalog.count(*) from made)::text as linked,
  (select case when ended_at is null then 'active' else 'ended' end from held) as held,
  (select held.ended_at is null and held.account_id = wanted.account_id from held, wanted)::text as same`

const END = `
with ended as (
  update dualauth.identity_link set ended_at = pg_catalog.now(), ended_reason = $5::text
  where verifier = $1::text and issuer = $2::text and subject = $3::text and ended_at is null
  returning account_id
),
${auditedBy('ended', {
  event: 'link.ended',
  actor: '$4::text',
  subject: 'ended.account_id',
  reason: '$5::text',
  data: `pg_catalog.jsonb_build_object('verifier', $1::text, 'issuer', $2::text)`,
})}
select pg_catalog.count(*)::text as ended from ended`

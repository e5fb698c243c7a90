import type { Query } from '@dualauth/core'
import { keyParams, type IdentityKey } from '../accounts/identity-key.js'

/**
 * Counts an identity that asks for something it cannot have, at most once a minute, since clients try again. A conflict
 * resolved with `ignore` stays resolved. The account is the one it asked for first: the person deciding has seen that
 * one, and later claims of the identity must not replace it.
 */
export async function recordConflict(
  query: Query,
  identity: IdentityKey,
  kind: string,
  account: string | null,
): Promise<void> {
  await query(RECORD, [...keyParams(identity), kind, account])
}

/** Whether somebody decided that this identity is a separate person. */
export async function isSeparate(query: Query, identity: IdentityKey): Promise<boolean> {
  const rows = await query(SEPARATE, [...keyParams(identity)])
  return rows.length > 0
}

const RECORD = `
insert into dualauth.conflict as c (verifier, issuer, subject, kind, account_id)
select $1::text, $2::text, $3::text, $4::text, $5::text
where not exists (
  select 1 from dualauth.conflict i
  where i.verifier = $1::text and i.issuer = $2::text and i.subject = $3::text and i.kind = $4::text
    -- Not even a lock is taken for what was counted already.
    and (i.resolution = 'ignore' or (i.resolved_at is null and i.last_seen >= pg_catalog.now() - interval '1 minute'))
)
on conflict (verifier, issuer, subject, kind) where resolved_at is null
do update set seen = c.seen + 1, last_seen = pg_catalog.now()
where c.last_seen < pg_catalog.now() - interval '1 minute'`

const SEPARATE = `
select 1 as separate from dualauth.conflict
where verifier = $1::text and issuer = $2::text and subject = $3::text and resolution = 'separate' limit 1`

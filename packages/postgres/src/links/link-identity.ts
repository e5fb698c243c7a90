import type { Ground } from '../accounts/ground.js'
import { keyParams, type IdentityKey } from '../accounts/identity-key.js'
import { canonical } from './canonical.js'

/** False if the identity or the account was already linked. */
export async function linkIdentity(
  { query, plan }: Pick<Ground, 'query' | 'plan'>,
  identity: IdentityKey,
  account: string,
  how: string,
): Promise<boolean> {
  const rows = await query(linkSql(canonical(plan, '$4')), [...keyParams(identity), account, how])
  return rows.length > 0
}

// Ends any attempt to create an account for it; a process killed after this leaves nothing behind.
const linkSql = (account: string): string => `
with finished as (
  delete from dualauth.provisioning where verifier = $1::text and issuer = $2::text and subject = $3::text
)
insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
values ($1::text, $2::text, $3::text, ${account}, $5::text)
on conflict do nothing returning account_id`

import type { Query } from '@dualauth/core'
import { keyParams, type IdentityKey } from '../accounts/identity-key.js'

/** False where the identity or the account was linked already. */
export async function linkIdentity(
  query: Query,
  identity: IdentityKey,
  account: string,
  how: string,
): Promise<boolean> {
  const rows = await query(LINK, [...keyParams(identity), account, how])
  return rows.length > 0
}

const LINK = `
insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
values ($1::text, $2::text, $3::text, $4::text, $5::text)
on conflict do nothing returning account_id`

import type { LinkInput, LinkRefusal, Query } from '@dualauth/core'
import { isSeparate, recordConflict } from '../conflicts/record-conflict.js'
import { isIdOf } from '../sql/id-column.js'
import { linkIdentity } from '../links/link-identity.js'
import type { Ground } from './ground.js'
import { unfinished, WAIT_MS } from './once.js'
import { accountIdentity } from './account-identity.js'
import { keyParams } from './identity-key.js'
import type { Provision } from './options.js'
import type { Found } from './read-account.js'

const FIRST_POLL_MS = 50
const LAST_POLL_MS = 400

/**
 * Asks the application to create an account, one attempt at a time for each identity across all instances. An attempt
 * that is killed or takes longer is repeated after 30 seconds, a failed one at the next request; always with the same
 * proposed id, since the row may exist.
 *
 * @returns The id; an empty string if another process has created the account meanwhile.
 */
export async function askProvision(
  { query, plan }: Ground,
  identity: LinkInput,
  provision: Provision,
  again: () => Promise<Found>,
): Promise<string | LinkRefusal | null> {
  const claim = globalThis.crypto.randomUUID()
  const key = keyParams(identity)
  const proposedId = await claimed(query, key, claim, again)
  if (proposedId === null) return ''
  let left: string | null = RELEASE
  try {
    const made = await provision(accountIdentity(identity), { proposedId, separate: await isSeparate(query, identity) })
    if (made === null || made === undefined || 'refuse' in made) {
      left = GIVE_BACK
      if (made === null || made === undefined) return null
      if (made.refuse === 'account_conflict')
        await recordConflict(query, identity, made.reason ?? 'account_refused', null)
      return made
    }
    if (typeof made.id !== 'string' || !isIdOf(plan.id.type, made.id))
      throw new TypeError('accounts: `provision` must return { id }, the id of a user as text')
    const isLinked = await linkIdentity({ query, plan }, identity, made.id, 'provisioned')
    left = null
    return isLinked ? made.id : ''
  } finally {
    if (left !== null) await query(left, [...key, claim])
  }
}

/** The proposed id, once this process may create the account; null if another process has created it. */
async function claimed(
  query: Query,
  key: readonly string[],
  claim: string,
  again: () => Promise<Found>,
): Promise<string | null> {
  let pause = FIRST_POLL_MS
  for (let waited = 0; waited < WAIT_MS; waited += pause) {
    pause = waited === 0 ? FIRST_POLL_MS : Math.min(pause * 2, LAST_POLL_MS)
    const [mine] = await query(CLAIM, [...key, globalThis.crypto.randomUUID(), claim])
    // Checked even with the claim held: the previous holder may have finished since the first look.
    const { linked, ended } = await again()
    if (linked === null && !ended) {
      if (mine !== undefined) return String(mine['proposed_id'])
      await new Promise((resolve) => setTimeout(resolve, pause))
      continue
    }
    if (mine !== undefined) await query(GIVE_BACK, [...key, claim])
    return null
  }
  throw unfinished()
}

const CLAIM = `
insert into dualauth.provisioning as p (verifier, issuer, subject, proposed_id, claim, claimed_until)
values ($1::text, $2::text, $3::text, $4::text, $5::text, pg_catalog.now() + interval '30 seconds')
on conflict (verifier, issuer, subject) do update set claim = excluded.claim, claimed_until = excluded.claimed_until
where p.claimed_until < pg_catalog.now()
returning proposed_id`

const RELEASE = `
update dualauth.provisioning set claimed_until = '-infinity'
where verifier = $1::text and issuer = $2::text and subject = $3::text and claim = $4::text`

const GIVE_BACK = `
delete from dualauth.provisioning
where verifier = $1::text and issuer = $2::text and subject = $3::text and claim = $4::text`

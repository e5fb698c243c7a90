import type { LinkInput, LinkRefusal, Query } from '@dualauth/core'
import { isSeparate, recordConflict } from '../conflicts/record-conflict.js'
import { isIdOf } from '../sql/id-column.js'
import { linkIdentity } from '../links/link-identity.js'
import type { Ground } from './ground.js'
import { keyParams } from './identity-key.js'
import type { Provision } from './options.js'
import type { Found } from './read-account.js'

const POLL_MS = 50
const WAIT_MS = 5000

/**
 * Asks the application to make an account, one at a time for each identity, wherever the requests arrive. One that was
 * killed in the middle is asked again after 30 seconds, with the same proposed id.
 *
 * @returns The id; an empty text where another process has made the account meanwhile.
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
  try {
    const made = await provision(identity, { proposedId, separate: await isSeparate(query, identity) })
    if (made === null || made === undefined) return null
    if ('refuse' in made) {
      if (made.refuse === 'account_conflict')
        await recordConflict(query, identity, made.reason ?? 'account_refused', null)
      return made
    }
    if (typeof made.id !== 'string' || !isIdOf(plan.id.type, made.id))
      throw new TypeError('accounts: `provision` must return { id }, the id of a user as text')
    return (await linkIdentity({ query, plan }, identity, made.id, 'provisioned')) ? made.id : ''
  } finally {
    await query(GIVE_BACK, [...key, claim])
  }
}

/** The proposed id, once it is this process that makes the account; null when another one has made it. */
async function claimed(
  query: Query,
  key: readonly string[],
  claim: string,
  again: () => Promise<Found>,
): Promise<string | null> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const [mine] = await query(CLAIM, [...key, globalThis.crypto.randomUUID(), claim])
    // Also with the claim in hand: the one before may have finished since the first look.
    const { linked, ended } = await again()
    if (linked === null && !ended) {
      if (mine !== undefined) return String(mine['proposed_id'])
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      continue
    }
    if (mine !== undefined) await query(GIVE_BACK, [...key, claim])
    return null
  }
  throw new Error('accounts: another process is making this account, and has not finished')
}

const CLAIM = `
insert into dualauth.provisioning as p (verifier, issuer, subject, proposed_id, claim, claimed_until)
values ($1::text, $2::text, $3::text, $4::text, $5::text, now() + interval '30 seconds')
on conflict (verifier, issuer, subject) do update set claim = excluded.claim, claimed_until = excluded.claimed_until
where p.claimed_until < now()
returning proposed_id`

const GIVE_BACK = `
delete from dualauth.provisioning
where verifier = $1::text and issuer = $2::text and subject = $3::text and claim = $4::text`

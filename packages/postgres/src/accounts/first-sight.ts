import type { Account, LinkInput, LinkRefusal } from '@dualauth/core'
import { isSeparate, recordConflict } from '../conflicts/record-conflict.js'
import { linkIdentity } from '../links/link-identity.js'
import { createAccount } from './create-account.js'
import { askProvision } from './ask-provision.js'
import type { Ground } from './ground.js'
import type { OpenRule } from './open-rule.js'
import type { Found } from './read-account.js'

export type Known = Found & { readonly account: Account }
/** Also says whether the provider stated an own id. */
type Seen = Found & { readonly vouched: boolean }

/**
 * Finds the account of an identity: by its link; then by the own id that the provider vouches for, which becomes a
 * link; then by `provision`. Even with concurrent requests, an identity gets one link, and an account one identity per
 * issuer.
 */
export async function firstSight(
  ground: Ground,
  identity: LinkInput,
  rule: OpenRule,
  seen: Seen,
  again: () => Promise<Seen>,
): Promise<Known | LinkRefusal | null> {
  // An ended link is a decision. A link to a missing account does not allow creating a new one.
  if (seen.ended) return null
  if (seen.linked !== null) return knownOf(seen)
  if (rule.isOwn(identity)) return knownOf(seen)
  if (seen.account !== null) {
    if (await linkIdentity(ground, identity, seen.account.id, 'first-sign-in')) return knownOf(seen)
    const now = await again()
    if (now.ended || now.linked !== null) return now.ended ? null : knownOf(now)
    // The account has another identity at this issuer. Somebody may have decided that this is another person.
    if (!(await isSeparate(ground.query, identity)))
      return conflict(ground, identity, 'account_linked', seen.account.id)
  }
  // The own id means an existing person, so nobody new is created unless somebody decided otherwise.
  else if (seen.vouched && !(await isSeparate(ground.query, identity)))
    return conflict(ground, identity, 'account_unknown', null)
  if (rule.provision === undefined) return null
  const made = await provide(ground, identity, rule, rule.provision, again)
  if (typeof made !== 'string') return made
  const now = await again()
  if (now.ended) return null
  return now.linked === null ? conflict(ground, identity, 'account_linked', made === '' ? null : made) : knownOf(now)
}

function provide(
  ground: Ground,
  identity: LinkInput,
  { contact }: OpenRule,
  provision: NonNullable<OpenRule['provision']>,
  again: () => Promise<Seen>,
): Promise<string | LinkRefusal | null> {
  return ground.once(identity, () =>
    typeof provision === 'function'
      ? askProvision(ground, identity, provision, again)
      : createAccount(ground, identity, provision, contact),
  )
}

async function conflict(
  { query }: Ground,
  identity: LinkInput,
  kind: string,
  account: string | null,
): Promise<LinkRefusal> {
  await recordConflict(query, identity, kind, account)
  return { refuse: 'account_conflict', reason: kind }
}

function knownOf(seen: Seen): Known | null {
  const { account } = seen
  return account === null ? null : { ...seen, account }
}

import type { Query } from '@dualauth/core'
import type { Membership, Person } from '../../ports/rows.js'
import type { Found, Item, ItemOf } from '../../ports/target.js'
import { findMembers, findOrganizations, findUsers } from './look.js'
import { placesOf, type Place } from './place.js'
import { CREDENTIAL, fitsId, organizationOf } from './records.js'

/** Which items of one kind exist, and which the tables cannot hold. */
export async function find(at: Place, query: Query, items: readonly Item[]): Promise<readonly Found[]> {
  const refused = items.map((item) => refusalOf(at, item))
  const asked = items.filter((_, index) => refused[index] === null)
  const found = asked.length === 0 ? [] : await look(at, query, asked)
  const held = new Set<string>()
  return items.map((item, index): Found => {
    const code = refused[index]
    if (code != null) return { outcome: 'rejected', code }
    const answer = found[asked.indexOf(item)]!
    return answer.outcome === 'absent' && isHeld(held, item) ? IDENTITY_TAKEN : answer
  })
}

const IDENTITY_TAKEN: Found = { outcome: 'taken', code: 'identity_taken', id: null }

/** Whether an earlier item that does not exist yet either has the same account at a provider. */
function isHeld(held: Set<string>, { kind, row }: Item): boolean {
  if (kind !== 'person') return false
  const own = row.externalIdentities.map(({ provider, subject }) => JSON.stringify([provider, subject]))
  if (own.some((one) => held.has(one))) return true
  for (const one of own) held.add(one)
  return false
}

/** Null: it can be written. */
export function refusalOf(at: Place, { kind, id, row }: Item): string | null {
  const { user, organization, member, userKey, organizationKey } = at
  if (kind === 'person') {
    const person = row as Person
    if (person.email === null) return 'no_email'
    if (person.disabled && user.columns['banned'] === undefined) return 'disabled_unsupported'
    // The password's account is ours to write.
    if (person.externalIdentities.some(({ provider }) => provider === CREDENTIAL)) return 'invalid_provider'
    return fitsId(user.byName.get(userKey.column)!.type, id) ? null : 'invalid_id'
  }
  if (organization === null || member === null) return 'organizations_unsupported'
  // Better Auth separates roles with commas.
  if (kind === 'membership' && (row as Membership).roles.some((role) => role.includes(','))) return 'invalid_role'
  if (kind !== 'organization') return null
  return fitsId(organization.byName.get(organizationKey.column)!.type, id) ? null : 'invalid_id'
}

async function look(at: Place, query: Query, items: readonly Item[]): Promise<readonly Found[]> {
  const { user, account, moves, userKey, organization, organizationKey, member } = at
  switch (items[0]?.kind) {
    case 'person':
      return findUsers(query, { user, account, moves, key: userKey }, items as readonly ItemOf<'person'>[])
    case 'organization':
      if (organization === null) return items.map(() => ABSENT)
      return findOrganizations(
        query,
        { organization, key: organizationKey },
        (items as readonly ItemOf<'organization'>[]).map(({ id, row }) => ({
          id,
          slug: organizationOf(organization, row, undefined)[organization.columns['slug']!.name],
        })),
      )
    case 'membership':
      if (member === null) return items.map(() => ABSENT)
      return findMembers(query, member, (items as readonly ItemOf<'membership'>[]).map(placesOf))
    default:
      return items.map(() => ABSENT)
  }
}

const ABSENT: Found = { outcome: 'absent' }

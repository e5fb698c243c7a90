import type { Query } from '@dualauth/core'
import type { Person } from '../../ports/rows.js'
import type { Found, Item, ItemOf } from '../../ports/target.js'
import { findMembers, findOrganizations, findUsers } from './look.js'
import { placesOf, type Place } from './place.js'
import { fitsId, organizationOf } from './records.js'

/** What is there of items of one kind, and which of them the tables cannot hold. */
export async function find(at: Place, query: Query, items: readonly Item[]): Promise<readonly Found[]> {
  const refused = items.map((item) => refusalOf(at, item))
  const asked = items.filter((_, index) => refused[index] === null)
  const found = asked.length === 0 ? [] : await look(at, query, asked)
  return items.map((item, index): Found => {
    const code = refused[index]
    return code == null ? found[asked.indexOf(item)]! : { outcome: 'rejected', code }
  })
}

/** Null: it can be written. */
function refusalOf(at: Place, { kind, id, row }: Item): string | null {
  const { user, organization, member, userKey, organizationKey } = at
  if (kind === 'person') {
    const person = row as Person
    if (person.email === null) return 'no_email'
    if (person.disabled && user.columns['banned'] === undefined) return 'disabled_unsupported'
    return fitsId(user.byName.get(userKey.column)!.type, id) ? null : 'invalid_id'
  }
  if (organization === null || member === null) return 'organizations_unsupported'
  if (kind !== 'organization') return null
  return fitsId(organization.byName.get(organizationKey.column)!.type, id) ? null : 'invalid_id'
}

async function look(at: Place, query: Query, items: readonly Item[]): Promise<readonly Found[]> {
  const { user, account, userKey, organization, organizationKey, member } = at
  switch (items[0]?.kind) {
    case 'person':
      return findUsers(query, { user, account, key: userKey }, items as readonly ItemOf<'person'>[])
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

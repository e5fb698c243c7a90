import type { Found, Item, ItemOf, TargetCall } from '../../ports/target.js'
import type { Api, WorkosObject } from './api.js'
import { problemOf } from './records.js'
import { externalPath, MEMBERSHIPS, USERS } from './paths.js'

/** Whatever its status. */
const STATUSES = 'active,inactive,pending'

/**
 * Looks up our own id: what exists before anything is sent was not created by us, which cannot be known after a lost
 * answer. Addresses are unique in WorkOS, which refuses a duplicate, so they are looked up only if nothing will be
 * created.
 */
export async function find(api: Api, item: Item, { wantsTaken }: Pick<TargetCall, 'wantsTaken'>): Promise<Found> {
  const problem = problemOf(item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  if (item.kind === 'membership') return foundAs(await findMembership(api, item))
  const there = await api.read(externalPath(item.kind, item.id))
  if (there !== null || item.kind !== 'person' || !wantsTaken) return foundAs(there)
  return findAddress(api, item)
}

async function findMembership(api: Api, { row, refs }: ItemOf<'membership'>): Promise<WorkosObject | null> {
  const [user, organization] = [refs.people[row.person], refs.organizations[row.organization]]
  if (user === undefined || organization === undefined) return null
  const query = { user_id: user, organization_id: organization, statuses: STATUSES }
  const listed = await api.list(MEMBERSHIPS, query)
  return listed.find((one) => one['user_id'] === user && one['organization_id'] === organization) ?? null
}

/** One is enough to show that somebody belongs to it. */
export async function hasMemberships(api: Api, by: 'user_id' | 'organization_id', id: string): Promise<boolean> {
  const listed = await api.list(MEMBERSHIPS, { [by]: id, statuses: STATUSES })
  return listed.length > 0
}

/** Finds who has a person's address. */
export async function findAddress(api: Api, { id, row }: ItemOf<'person'>): Promise<Found> {
  const email = row.email!.toLowerCase()
  const listed = await api.list(USERS, { email: row.email! })
  const same = listed.filter((one) => String(one['email']).toLowerCase() === email)
  const [user] = same
  if (user === undefined) return { outcome: 'absent' }
  const external = user['external_id']
  // Created between the two look-ups.
  if (external === id) return foundAs(user)
  return {
    outcome: 'taken',
    code: 'address_taken',
    id: user.id,
    verified: user['email_verified'] === true,
    unique: same.length === 1,
    bound: typeof external === 'string',
  }
}

function foundAs(object: WorkosObject | null): Found {
  return object === null ? { outcome: 'absent' } : { outcome: 'found', id: object.id }
}

import type { Found, Item, ItemOf, Taken, TargetCall } from '../../ports/target.js'
import type { Resource } from './api.js'
import { findExternal, type Directory } from './directory.js'
import { equals, isPlain } from './filter.js'
import { fingerprint } from './fingerprint.js'
import { isMember, membersOf } from './members.js'
import { basePath, externalIdOf, membershipId, pathOf } from './paths.js'
import type { Settings } from './options.js'
import { problemOf, userNameOf } from './records.js'

/**
 * Looks up our own id: what exists before anything is sent was not created by us. User names are unique (RFC 7643
 * section 4.1.1), and creating a duplicate is refused, so they are looked up only if nothing will be created; group
 * names may occur twice.
 */
export async function find(
  directory: Directory,
  item: Item,
  { wantsTaken }: Pick<TargetCall, 'wantsTaken'>,
): Promise<Found> {
  const problem = problemOf(directory.settings, item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  if (item.kind === 'membership') return findMembership(directory, item)
  const there = await findExternal(directory, basePath(item.kind), externalIdOf(item))
  if (there === 'ambiguous') return { outcome: 'taken', code: 'external_id_ambiguous', id: null }
  if (typeof there === 'object') {
    if (!item.attempted && isAnother(directory.settings, item, there))
      return { outcome: 'taken', code: 'external_id_of_another', id: there.id, bound: true }
    return foundAs(directory, item, there)
  }
  if (there === 'absent' && item.kind === 'person' && !wantsTaken) return { outcome: 'absent' }
  return findName(directory, item, there === 'unsure')
}

async function findMembership(directory: Directory, { row, refs }: ItemOf<'membership'>): Promise<Found> {
  const [user, group] = [refs.people[row.person], refs.organizations[row.organization]]
  if (user === undefined || group === undefined) return { outcome: 'absent' }
  const isThere = await isMember(directory, group, user)
  return isThere === true ? { outcome: 'found', id: membershipId(group, user) } : { outcome: 'absent' }
}

/** A process may have ended between creating a group and adding its members. */
async function foundAs({ api }: Directory, item: Item, { id }: Resource): Promise<Found> {
  if (item.kind !== 'group' && !item.attempted) return { outcome: 'found', id }
  const there = await api.read(pathOf(item.kind, id))
  if (there === null) return { outcome: 'absent' }
  const members = membersOf(there)
  const isWhole = item.kind !== 'group' || Object.values(item.refs.people).every((user) => members.has(user))
  return { outcome: 'found', id, after: fingerprint(item.kind, there), ...(!isWhole && { incomplete: true }) }
}

/**
 * External ids are separate for each provisioning client (RFC 7643 section 3.1), but many directories keep one for all:
 * another system's person 7 has neither the name nor the address of ours.
 */
function isAnother(settings: Settings, item: Named, there: Resource): boolean {
  const isSame = (own: string | null, other: unknown): boolean => String(other).toLowerCase() === own?.toLowerCase()
  if (item.kind !== 'person')
    return typeof there['displayName'] === 'string' && !isSame(item.row.name, there['displayName'])
  const { userName, emails } = there
  const addresses = (Array.isArray(emails) ? emails : []).map(
    (one) => (one as { readonly value?: unknown } | null)?.value,
  )
  return (
    typeof userName === 'string' &&
    !isSame(userNameOf(settings, item.row), userName) &&
    !addresses.some((address) => isSame(item.row.email, address))
  )
}

type Named = Exclude<Item, ItemOf<'membership'>>

/**
 * Finds something with the same name, which may be the item itself. SCIM does not say that an address is verified, so
 * it never shows that two people are the same.
 * @param isUnsure The item may exist, though it was not found by its id.
 */
async function findName(directory: Directory, item: Named, isUnsure: boolean): Promise<Found> {
  const { settings, api } = directory
  const isPerson = item.kind === 'person'
  const isUnique = isPerson || settings.uniqueGroupNames
  if (!isUnique && !isUnsure) return { outcome: 'absent' }
  const name = item.kind === 'person' ? userNameOf(settings, item.row)! : item.row.name
  const attribute = isPerson ? 'userName' : 'displayName'
  const listed = await api.list(basePath(item.kind), equals(attribute, name), `externalId,${attribute}`)
  const same = (listed ?? []).filter((one) => String(one[attribute]).toLowerCase() === name.toLowerCase())
  const own = same.find((one) => one['externalId'] === externalIdOf(item))
  if (own !== undefined) return foundAs(directory, item, own)
  // It is created if it can be found again, and never a second time if it cannot.
  if (isUnsure && (listed === null || (item.attempted && !isPlain(name))))
    return { outcome: 'rejected', code: 'id_not_searchable' }
  const [other] = same
  if (other === undefined || !isUnique) return { outcome: 'absent' }
  const taken: Taken = {
    outcome: 'taken',
    code: isPerson ? 'address_taken' : 'name_taken',
    id: other.id,
    verified: false,
  }
  return { ...taken, unique: same.length === 1, bound: typeof other['externalId'] === 'string' }
}

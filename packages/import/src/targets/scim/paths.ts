import type { Kind } from '../../ports/rows.js'

const USERS = '/Users'
export const GROUPS = '/Groups'

/** An organization of the source is a group here, and may have the id of a group. */
export const ORGANIZATION = 'organization:'

export function basePath(kind: Kind): string {
  return kind === 'person' ? USERS : GROUPS
}

/** @param id The directory's. */
export function pathOf(kind: Kind, id: string): string {
  return `${basePath(kind)}/${encodeURIComponent(id)}`
}

/** The external id of an item in the directory. */
export function externalIdOf({ kind, id }: { readonly kind: Kind; readonly id: string }): string {
  return kind === 'organization' ? `${ORGANIZATION}${id}` : id
}

/** The directory has no ids for memberships. */
export function membershipId(group: string, user: string): string {
  return `${encodeURIComponent(group)}/${encodeURIComponent(user)}`
}

export function membershipOf(id: string): { readonly group: string; readonly user: string } {
  const [group = '', user = ''] = id.split('/').map(decodeURIComponent)
  return { group, user }
}

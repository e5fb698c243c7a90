import type { Kind } from '../../ports/rows.js'

export const USERS = '/user_management/users'
const ORGANIZATIONS = '/organizations'
export const MEMBERSHIPS = '/user_management/organization_memberships'

export function basePath(kind: Kind): string {
  return kind === 'person' ? USERS : kind === 'organization' ? ORGANIZATIONS : MEMBERSHIPS
}

/** @param id The id in WorkOS. */
export function pathOf(kind: Kind, id: string): string {
  return `${basePath(kind)}/${encodeURIComponent(id)}`
}

/** @param id The id in the source. */
export function externalPath(kind: Kind, id: string): string {
  return `${basePath(kind)}/external_id/${encodeURIComponent(id)}`
}

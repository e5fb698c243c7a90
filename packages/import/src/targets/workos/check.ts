import type { Checked, Item } from '../../ports/target.js'
import type { Api, WorkosObject } from './api.js'
import { pathOf } from './paths.js'

/** Compares what WorkOS shows. It does not show whether somebody has a password. */
export async function check(api: Api, item: Item): Promise<Checked> {
  const there = await api.read(pathOf(item.kind, item.targetId ?? ''))
  if (there === null) return { outcome: 'absent' }
  const fields = differing(item, there)
  return fields.length === 0 ? { outcome: 'same' } : { outcome: 'differs', fields }
}

function differing(item: Item, there: WorkosObject): readonly string[] {
  const isSame = (own: string | null, field: string): boolean =>
    // Left out by the source, or not shown by the API.
    own === null || there[field] === undefined || there[field] === own
  const compared: Record<string, boolean> = {}
  switch (item.kind) {
    case 'person': {
      const { email, emailVerified, firstName, lastName, name, disabled } = item.row
      compared['email'] = String(there['email']).toLowerCase() === email?.toLowerCase()
      compared['emailVerified'] = there['email_verified'] === emailVerified
      compared['firstName'] = isSame(firstName, 'first_name')
      compared['lastName'] = isSame(lastName, 'last_name')
      compared['name'] = isSame(name, 'name')
      compared['disabled'] = !disabled
      break
    }
    case 'organization':
      compared['name'] = there['name'] === item.row.name
      break
    case 'membership':
      compared['roles'] = hasRoles(item.row.roles, there)
      break
    case 'group':
  }
  return Object.keys(compared).filter((field) => compared[field] === false)
}

/** If the source has no roles, any roles in WorkOS are right. */
function hasRoles(roles: readonly string[], there: WorkosObject): boolean {
  if (roles.length === 0) return true
  const { role, roles: several } = there as { readonly role?: unknown; readonly roles?: unknown }
  const slugs = (Array.isArray(several) ? several : [role]).map((one) => (one as { slug?: unknown } | null)?.slug)
  return slugs.length === roles.length && roles.every((slug) => slugs.includes(slug))
}

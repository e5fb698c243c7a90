import type { Membership, Organization, Person } from '../../ports/rows.js'
import type { Item } from '../../ports/target.js'
import { passwordOf } from './password.js'

/** The body of a request. */
export type Fields = Readonly<Record<string, unknown>>

/** Why WorkOS cannot hold an item; null if it can. */
export function problemOf({ kind, id, row }: Item): string | null {
  if (kind === 'membership' || kind === 'group') return null
  // An id made only of dots would be another path.
  if (!/^[\x20-\x7e]{1,128}$/.test(id) || /^\.{1,2}$/.test(id) || id.trim() !== id) return 'invalid_id'
  if (metadataOf(row.metadata) === null) return 'invalid_metadata'
  if (kind === 'organization') return null
  const { email, disabled } = row as Person
  // WorkOS has no disabled users.
  if (disabled) return 'disabled_unsupported'
  return email === null ? 'no_email' : null
}

export function userOf({ email, emailVerified, firstName, lastName, name, password, metadata }: Person): Fields {
  return {
    email,
    email_verified: emailVerified,
    ...(firstName !== null && { first_name: firstName }),
    ...(lastName !== null && { last_name: lastName }),
    ...(name !== null && { name }),
    ...metadataField(metadata),
    ...(password !== null && passwordOf(password)),
  }
}

export function organizationOf({ name, metadata }: Organization): Fields {
  return { name, ...metadataField(metadata) }
}

/** Without a role, the environment's default applies. */
export function rolesOf({ roles }: Membership): Fields {
  if (roles.length === 0) return {}
  return roles.length === 1 ? { role_slug: roles[0] } : { role_slugs: roles }
}

function metadataField(metadata: Fields): Fields {
  const values = metadataOf(metadata) ?? {}
  return Object.keys(values).length === 0 ? {} : { metadata: values }
}

/** WorkOS holds only texts, and not many. Null: it cannot hold these. */
function metadataOf(metadata: Fields): Readonly<Record<string, string>> | null {
  const values = new Map<string, string>()
  for (const [key, value] of Object.entries(metadata)) {
    if (value === null || value === undefined) continue
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null
    if (key.length > 40 || String(value).length > 600) return null
    values.set(key, String(value))
  }
  return values.size > 50 ? null : Object.fromEntries(values)
}

import type { Principal } from '../identity/principal.js'

export type RoleMap = Readonly<Record<string, readonly string[]>>

/** One grant that covers a permission; `role` is null if it was granted directly. */
export interface CoveringGrant {
  readonly role: string | null
  readonly grant: string
}

/**
 * Whether the principal holds a permission. Grants come from its roles and its direct permissions; an API key's scopes
 * only narrow them. Unknown roles grant nothing.
 */
export function holds(principal: Principal, permission: string, roles: RoleMap): boolean {
  return isInScope(principal, permission) && isGranted(principal, permission, roles, null)
}

/** Whether the scopes of an API key allow a permission. Without scopes, all are allowed. */
export function isInScope({ scopes }: Principal, permission: string): boolean {
  return scopes === null || scopes.some((scope) => covers(scope, permission))
}

/** @param found Collects every grant that covers the permission. Null: stops at the first, as in requests. */
export function isGranted(
  principal: Principal,
  permission: string,
  roles: RoleMap,
  found: CoveringGrant[] | null,
): boolean {
  for (const role of principal.roles) {
    if (!Object.hasOwn(roles, role)) continue
    for (const grant of roles[role] as readonly string[]) {
      if (!covers(grant, permission)) continue
      if (found === null) return true
      found.push({ role, grant })
    }
  }
  // These contain no wildcards from a provider.
  for (const grant of principal.permissions) {
    if (!covers(grant, permission)) continue
    if (found === null) return true
    found.push({ role: null, grant })
  }
  return found !== null && found.length > 0
}

/** Whether a grant of this application covers a permission. */
function covers(given: string, permission: string): boolean {
  if (given === '*' || given === permission) return true
  const colon = permission.indexOf(':')
  // A name of another form comes from a provider: `org:*` does not cover `org:invoices:create`.
  if (colon === -1 || permission.includes(':', colon + 1)) return false
  if (given.startsWith('*:')) return given.slice(2) === permission.slice(colon + 1)
  return given.endsWith(':*') && given.slice(0, -2) === permission.slice(0, colon)
}

import { grantsPermissions } from '../identity/grants.js'
import type { Principal } from '../identity/principal.js'

export type RoleMap = Readonly<Record<string, readonly string[]>>

/**
 * Whether the principal holds a permission. Grants are what its roles mean here, plus its
 * permissions; an API key's scopes only narrow them. Unknown roles grant nothing.
 */
export function holds(principal: Principal, permission: string, roles: RoleMap): boolean {
  const { scopes } = principal
  if (scopes !== null && !scopes.some((scope) => covers(scope, permission))) return false
  const byRole = principal.roles.some(
    (role) =>
      Object.hasOwn(roles, role) && (roles[role] as readonly string[]).some((given) => covers(given, permission)),
  )
  if (byRole) return true
  // Only what this application wrote may hold a wildcard; a provider's slug with `*` is literal.
  const own = grantsPermissions(principal.account, principal.organization)
  return principal.permissions.some((given) => (own ? covers(given, permission) : given === permission))
}

/** Whether a grant of this application covers a permission. */
function covers(given: string, permission: string): boolean {
  if (given === '*' || given === permission) return true
  const colon = permission.indexOf(':')
  // A name of another form was made by a provider: `org:*` says nothing about `org:invoices:create`.
  if (colon === -1 || permission.includes(':', colon + 1)) return false
  if (given.startsWith('*:')) return given.slice(2) === permission.slice(colon + 1)
  return given.endsWith(':*') && given.slice(0, -2) === permission.slice(0, colon)
}

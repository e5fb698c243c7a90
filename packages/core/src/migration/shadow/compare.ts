import { isGranted, type RoleMap } from '../../access/grants.js'
import { satisfies } from '../../access/authorize.js'
import { hasCallback, namesIn, type PermissionDemand, type PermissionRule } from '../../access/requirement.js'
import type { Principal } from '../../identity/principal.js'
import { difference, type Difference } from './differences.js'

/** A principal and what roles mean on its side. */
export interface Judged {
  readonly principal: Principal
  readonly roles: RoleMap
}

/** Another person or organization has other grants: only the first difference is said then. */
export function comparePrincipals(old: Judged, fresh: Judged): readonly Difference[] {
  if (old.principal.id !== fresh.principal.id) return [difference('different_user')]
  if (old.principal.organization !== fresh.principal.organization) return [difference('different_organization')]
  return compareGrants(old, fresh)
}

/** What each side grants and the other does not. Scopes of an API key are left out: they narrow a credential, not its owner. */
export function compareGrants(old: Judged, fresh: Judged): readonly Difference[] {
  const gained = grantsBeyond(fresh, old)
  const lost = grantsBeyond(old, fresh)
  return [
    ...(gained.length === 0 ? [] : [difference('privilege_gain', gained)]),
    ...(lost.length === 0 ? [] : [difference('privilege_loss', lost)]),
  ]
}

/** Wildcards are named as they are granted. */
function grantsBeyond({ principal, roles }: Judged, other: Judged): readonly string[] {
  const named = principal.roles.flatMap((role) =>
    Object.hasOwn(roles, role) ? (roles[role] as readonly string[]) : [],
  )
  const grants = [...new Set([...named, ...principal.permissions])]
  return grants.filter((grant) => !isGranted(other.principal, grant, other.roles, null)).toSorted()
}

/**
 * Whether another role map decides a permission rule otherwise. A rule with a callback is not compared: the application's function
 * would be called once more.
 *
 * @param allowed What was decided.
 * @returns Null: it was not compared.
 */
export function compareRule(
  { principal, roles }: Judged,
  rule: PermissionRule<Principal, unknown, string>,
  allowed: boolean,
  newRoles: RoleMap,
): readonly Difference[] | null {
  if (hasCallback(rule)) return null
  // Without callbacks it is never a promise.
  const allows = satisfies(principal, rule, undefined, newRoles) === true
  if (allows === allowed) return []
  const names = [...namesIn(rule as PermissionDemand<string>)].filter(
    (name) =>
      satisfies(principal, name, undefined, roles) === allowed &&
      satisfies(principal, name, undefined, newRoles) === allows,
  )
  return [difference(allows ? 'privilege_gain' : 'privilege_loss', names.toSorted())]
}

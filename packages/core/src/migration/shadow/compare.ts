import { isGranted, type RoleMap } from '../../access/grants.js'
import { satisfies } from '../../access/authorize.js'
import { hasCallback, namesIn, type PermissionDemand, type PermissionRule } from '../../access/requirement.js'
import type { Principal } from '../../identity/principal.js'
import { difference, type Difference } from './differences.js'

/** A principal and the meaning of roles on its side. */
export interface Judged {
  readonly principal: Principal
  readonly roles: RoleMap
}

/** If the person or organization differs, only that is reported: other grants are then expected. */
export function comparePrincipals(old: Judged, fresh: Judged): readonly Difference[] {
  if (old.principal.id !== fresh.principal.id) return [difference('different_user')]
  if (old.principal.organization !== fresh.principal.organization) return [difference('different_organization')]
  return compareGrants(old, fresh)
}

/** What each side grants and the other does not. API key scopes are ignored: they limit a credential, not its owner. */
export function compareGrants(old: Judged, fresh: Judged): readonly Difference[] {
  const gained = grantsBeyond(fresh, old)
  const lost = grantsBeyond(old, fresh)
  return [
    ...(gained.length === 0 ? [] : [difference('privilege_gain', gained)]),
    ...(lost.length === 0 ? [] : [difference('privilege_loss', lost)]),
  ]
}

/** Wildcards are reported as granted. */
function grantsBeyond({ principal, roles }: Judged, other: Judged): readonly string[] {
  const named = principal.roles.flatMap((role) =>
    Object.hasOwn(roles, role) ? (roles[role] as readonly string[]) : [],
  )
  const grants = [...new Set([...named, ...principal.permissions])]
  return grants.filter((grant) => !isGranted(other.principal, grant, other.roles, null)).toSorted()
}

/**
 * Whether another role map decides a permission rule differently. A rule with a callback is not compared, because the
 * application's function would be called again.
 *
 * @param allowed The actual decision.
 * @returns Null if it was not compared.
 */
export function compareRule(
  { principal, roles }: Judged,
  rule: PermissionRule<Principal, unknown, string>,
  allowed: boolean,
  newRoles: RoleMap,
): readonly Difference[] | null {
  if (hasCallback(rule)) return null
  // Without callbacks, the result is never a promise.
  const allows = satisfies(principal, rule, undefined, newRoles) === true
  if (allows === allowed) return []
  const names = [...namesIn(rule as PermissionDemand<string>)].filter(
    (name) =>
      satisfies(principal, name, undefined, roles) === allowed &&
      satisfies(principal, name, undefined, newRoles) === allows,
  )
  return [difference(allows ? 'privilege_gain' : 'privilege_loss', names.toSorted())]
}

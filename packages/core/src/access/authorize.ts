import type { ErrorCode } from '../errors/error-table.js'
import type { Principal } from '../identity/principal.js'
import { holds, type RoleMap } from './grants.js'
import { describeRule, type PermissionRule, type Requirement } from './requirement.js'

export interface Denial {
  readonly code: Extract<
    ErrorCode,
    'permission_denied' | 'role_required' | 'organization_required' | 'organization_mismatch'
  >
  readonly required: string | null
}

/**
 * May it do this? Evaluated on every request; a callback of the app that throws is a bug of the
 * app and passes through, which also refuses.
 *
 * @returns null when it may.
 */
export async function authorize(
  principal: Principal,
  requirement: Requirement,
  request: unknown,
  roles: RoleMap,
): Promise<Denial | null> {
  switch (requirement.kind) {
    case 'authenticated':
    case 'optional':
      return null
    case 'permission':
      return (await satisfies(principal, requirement.rule, request, roles))
        ? null
        : { code: 'permission_denied', required: describeRule(requirement.rule) }
    case 'role':
      return hasRole(principal, requirement.anyOf) ? null : { code: 'role_required', required: null }
    case 'organization': {
      if (principal.organization === null) return { code: 'organization_required', required: null }
      if (requirement.of === null) return null
      const wanted = await requirement.of(request)
      return wanted === principal.organization ? null : { code: 'organization_mismatch', required: null }
    }
  }
}

/** A key that was narrowed to scopes holds none of its owner's roles: a role cannot be narrowed. */
function hasRole({ roles, scopes }: Principal, anyOf: readonly string[]): boolean {
  return (scopes === null || scopes.includes('*')) && anyOf.some((role) => roles.includes(role))
}

async function satisfies(
  principal: Principal,
  rule: PermissionRule,
  request: unknown,
  roles: RoleMap,
): Promise<boolean> {
  if (typeof rule === 'string') return holds(principal, rule, roles)
  // Only `true` passes: a forgotten return, or an object, is no consent.
  if (typeof rule === 'function') return (await rule(principal, request)) === true
  if ('any' in rule) {
    for (const inner of rule.any) if (await satisfies(principal, inner, request, roles)) return true
    return false
  }
  for (const inner of rule.all) if (!(await satisfies(principal, inner, request, roles))) return false
  return rule.all.length > 0
}

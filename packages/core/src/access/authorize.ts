import { asError } from '../errors/as-error.js'
import type { ErrorCode } from '../errors/error-table.js'
import type { Principal } from '../identity/principal.js'
import { andThen, attempt, type MaybePromise } from '../async/maybe-promise.js'
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
 * Decides whether the principal is allowed. Evaluated on every request. If a callback of the app throws, the error
 * passes through, which also refuses.
 *
 * @returns null if it is allowed.
 */
export function authorize(
  principal: Principal,
  requirement: Requirement,
  request: unknown,
  roles: RoleMap,
): MaybePromise<Denial | null> {
  switch (requirement.kind) {
    case 'authenticated':
    case 'optional':
      return null
    case 'permission':
      return andThen(satisfies(principal, requirement.rule, request, roles), (may): Denial | null =>
        may ? null : { code: 'permission_denied', required: describeRule(requirement.rule) },
      )
    case 'role':
      return hasRole(principal, requirement.anyOf) ? null : { code: 'role_required', required: null }
    case 'organization': {
      if (principal.organization === null) return { code: 'organization_required', required: null }
      if (requirement.of === null) return null
      return andThen(
        told(() => requirement.of?.(request)),
        (wanted): Denial | null =>
          wanted === principal.organization ? null : { code: 'organization_mismatch', required: null },
      )
    }
  }
}

/** An API key with scopes has none of its owner's roles, because a role cannot be narrowed. */
function hasRole({ roles, scopes }: Principal, anyOf: readonly string[]): boolean {
  return (scopes === null || scopes.includes('*')) && anyOf.some((role) => roles.includes(role))
}

/** Whether a principal fulfils a permission rule: for guards, `authorize`, `can` and `why`. */
export function satisfies(
  principal: Principal,
  rule: PermissionRule<Principal, unknown, string>,
  request: unknown,
  roles: RoleMap,
): MaybePromise<boolean> {
  if (typeof rule === 'string') return holds(principal, rule, roles)
  // Only `true` allows: a forgotten return or an object does not.
  if (typeof rule === 'function')
    return andThen(
      told(() => rule(principal, request)),
      (may) => may === true,
    )
  const [inner, stopsAt] = 'any' in rule ? [rule.any, true] : [rule.all, false]
  const from = (place: number): MaybePromise<boolean> => {
    if (place >= inner.length) return !stopsAt && inner.length > 0
    return andThen(
      satisfies(principal, inner[place] as PermissionRule<Principal, unknown, string>, request, roles),
      (may) => (may === stopsAt ? stopsAt : from(place + 1)),
    )
  }
  return from(0)
}

/**
 * The answer of the app's callback. A callback that throws or rejects with undefined must not look like one that
 * succeeded.
 */
function told(callback: () => unknown): MaybePromise<unknown> {
  return attempt(callback, (cause) => {
    throw typeof cause === 'object' && cause !== null ? cause : asError(cause, 'a permission or organization callback')
  })
}

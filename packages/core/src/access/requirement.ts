import { isPermission, PERMISSION_FORM } from '../settings/grant.js'
import { optionError } from '../settings/options.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import type { Principal } from '../identity/principal.js'
import type { RegisteredPermission } from '../register.js'

/**
 * A permission: `resource:action`, or a name from a provider, such as `org:invoices:create` or `users-view`. Wildcards
 * belong to grants, never to requirements. If permissions are registered, only their names.
 */
export type PermissionRule<P = Principal, R = unknown, Name extends string = RegisteredPermission> =
  Name | ComposedRule<P, R, Name>

/** Several permissions, or a callback of the application. */
export type ComposedRule<P = Principal, R = unknown, Name extends string = RegisteredPermission> =
  | { readonly any: readonly PermissionRule<P, R, Name>[] }
  | { readonly all: readonly PermissionRule<P, R, Name>[] }
  | ((principal: P, request: R) => MaybePromise<boolean>)

/**
 * A permission rule without callbacks, for questions outside a request: one permission, `{ any }` or `{ all }`. Guards
 * accept it as well.
 */
export type PermissionDemand<Name extends string = RegisteredPermission> = Name | ComposedDemand<Name>

/** Several permissions. */
export type ComposedDemand<Name extends string = RegisteredPermission> =
  { readonly any: readonly PermissionDemand<Name>[] } | { readonly all: readonly PermissionDemand<Name>[] }

/**
 * What a guard requires from the principal. Plain data, so that two loaded copies of the package understand each other.
 */
export type Requirement<P = Principal, R = unknown> =
  | { readonly kind: 'authenticated'; readonly fresh?: boolean }
  | { readonly kind: 'optional'; readonly onInvalid: 'default' | 'anonymous' | 'reject' }
  | { readonly kind: 'permission'; readonly rule: PermissionRule<P, R, string> }
  | { readonly kind: 'role'; readonly anyOf: readonly string[] }
  | { readonly kind: 'organization'; readonly of: ((request: R) => MaybePromise<string | null | undefined>) | null }

/**
 * Checks a permission rule when the guard is created, not at the first request.
 * @throws {AuthError} `configuration_invalid`
 */
export function assertPermissionRule(rule: unknown, path: string): void {
  if (typeof rule === 'function') return
  if (typeof rule === 'string') {
    if (!isPermission(rule)) throw optionError(path, `must be ${PERMISSION_FORM}, without wildcards`)
    return
  }
  const { any, all, ...rest } = (typeof rule === 'object' && rule !== null ? rule : { invalid: true }) as Record<
    string,
    unknown
  >
  const list = any ?? all
  if (
    Object.keys(rest).length > 0 ||
    !Array.isArray(list) ||
    list.length === 0 ||
    (any !== undefined && all !== undefined)
  ) {
    throw optionError(path, `must be ${PERMISSION_FORM}, { any: […] }, { all: […] } or a function`)
  }
  // Not `forEach`, which would skip a hole in the list; a hole is a mistake.
  for (const [index, inner] of list.entries())
    assertPermissionRule(inner, `${path}.${any === undefined ? 'all' : 'any'}[${index}]`)
}

/**
 * Checks a rule without callbacks.
 * @throws {AuthError} `configuration_invalid`
 */
export function assertPermissionDemand(rule: unknown, path: string): asserts rule is PermissionDemand<string> {
  assertPermissionRule(rule, path)
  if (hasCallback(rule as PermissionRule<never, never, string>))
    throw optionError(path, 'does not take functions, which are for guards; call yours separately')
}

/** Whether the rule contains a callback of the application. */
export function hasCallback(rule: PermissionRule<never, never, string>): boolean {
  if (typeof rule === 'string') return false
  return typeof rule === 'function' || innerRules(rule).some(hasCallback)
}

/** The rules inside `{ any }` or `{ all }`. */
function innerRules<Rule>(
  rule: { readonly any: readonly Rule[] } | { readonly all: readonly Rule[] },
): readonly Rule[] {
  return 'any' in rule ? rule.any : rule.all
}

/** Each permission of a rule once. */
export function namesIn(rule: PermissionDemand<string>): ReadonlySet<string> {
  if (typeof rule === 'string') return new Set([rule])
  return new Set(innerRules(rule).flatMap((inner) => [...namesIn(inner)]))
}

/** The permission that a refusal's challenge names; null if there is no single one. */
export function describeRule(rule: PermissionRule<never, never, string>): string | null {
  if (typeof rule === 'string') return rule
  if (typeof rule === 'function') return null
  const names = innerRules(rule).map(describeRule)
  return names.every((name) => name !== null) ? names.join(' ') : null
}

/**
 * The requirement for a rule of `authorize`.
 * @throws {AuthError} `configuration_invalid`
 */
export function requirementOf(
  rule: PermissionRule | { readonly role: string | readonly string[] } | { readonly organization: string | true },
): Requirement {
  if (typeof rule !== 'object' || rule === null || !('role' in rule || 'organization' in rule)) {
    assertPermissionRule(rule, 'authorize.rule')
    return { kind: 'permission', rule }
  }
  // With two at once, one would not be checked.
  if (Object.keys(rule).length > 1)
    throw optionError('authorize.rule', 'must be one requirement; call authorize for each')
  if ('role' in rule) {
    const anyOf = typeof rule.role === 'string' ? [rule.role] : rule.role
    if (!Array.isArray(anyOf) || !anyOf.every((role) => typeof role === 'string'))
      throw optionError('authorize.rule.role', 'must be the name of a role or a list of names')
    return { kind: 'role', anyOf }
  }
  const { organization } = rule
  if (organization !== true && typeof organization !== 'string')
    throw optionError('authorize.rule.organization', 'must be true or the id of an organization')
  return { kind: 'organization', of: organization === true ? null : () => organization }
}

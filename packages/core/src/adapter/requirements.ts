import type { MaybePromise } from '../async/maybe-promise.js'
import { assertPermissionRule, type PermissionRule, type Requirement } from '../access/requirement.js'
import { AuthError } from '../errors/auth-error.js'
import type { Principal } from '../identity/principal.js'
import { optionError } from '../settings/options.js'

/**
 * Detects a guard or mount that was passed to the framework without being called. It would hang or let everybody in.
 * @param write The correct code, for the message.
 * @throws {AuthError} `guard_not_called`
 */
export function assertCalledAsFactory(guard: string, args: readonly unknown[], write = `${guard}()`): void {
  const [first, second] = args
  if (typeof second === 'function' || args.length > 2 || (args.length === 2 && typeof first === 'object')) {
    throw new AuthError('guard_not_called', { message: `${guard} was passed without being called; write ${write}` })
  }
}

/** Refuses the options of another guard, which would have no effect here. */
function assertNoOptions(guard: string, [, ...options]: readonly unknown[]): void {
  if (options.length > 0)
    throw optionError(guard, `takes no options; put requireAuth({ fresh: true }) before ${guard}(…) to bypass caches`)
}

function optionsOf(guard: string, [options = {}]: readonly unknown[], form: string): object {
  if (typeof options === 'object' && options !== null) return options
  throw optionError(guard, `takes ${form}, or nothing; for roles and permissions, requireRole and requirePermission`)
}

/** The options of `optionalAuth`. */
export interface OptionalAuthOptions {
  /** Default: an invalid header is refused, and an invalid cookie counts as anonymous. */
  readonly onInvalid?: 'anonymous' | 'reject'
}

/** The options of `requireAuth`. */
export interface RequireAuthOptions {
  /** True bypasses every cache, including a cache inside the credential. Default false. */
  readonly fresh?: boolean
}

/** The requirement of `requireAuth(…)`, from its arguments. Wrong arguments are `configuration_invalid`. */
export function authenticatedRequirement(args: readonly unknown[]): Requirement {
  assertCalledAsFactory('requireAuth', args)
  const { fresh = false, ...rest } = optionsOf('requireAuth', args, '{ fresh: true }') as { fresh?: unknown }
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) throw optionError(`requireAuth.${unknown}`, 'unknown option; it takes fresh')
  if (typeof fresh !== 'boolean') throw optionError('requireAuth.fresh', 'must be a boolean')
  return fresh ? { kind: 'authenticated', fresh } : { kind: 'authenticated' }
}

/** The requirement of `optionalAuth(…)`, from its arguments. Wrong arguments are `configuration_invalid`. */
export function optionalRequirement(args: readonly unknown[]): Requirement {
  assertCalledAsFactory('optionalAuth', args)
  const { onInvalid = 'default', ...rest } = optionsOf('optionalAuth', args, '{ onInvalid }') as {
    onInvalid?: 'default' | 'anonymous' | 'reject'
  }
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) throw optionError(`optionalAuth.${unknown}`, 'unknown option; it takes onInvalid')
  if (!['default', 'anonymous', 'reject'].includes(onInvalid))
    throw optionError('optionalAuth.onInvalid', 'must be one of anonymous, reject')
  return { kind: 'optional', onInvalid }
}

/** `('things:write')`, `('things', 'write')`, `{ any }`, `{ all }` or a callback. */
export function permissionRequirement(args: readonly unknown[]): Requirement {
  const [first, second] = args
  if (args.length > 1 && args.every((arg) => typeof arg === 'string') && (args.length > 2 || args[1]?.includes(':')))
    throw optionError('requirePermission', 'takes one permission; write several as { any: […] } or { all: […] }')
  if (typeof first === 'string' && typeof second === 'string' && args.length === 2)
    return permissionRequirement([`${first}:${second}`])
  assertCalledAsFactory('requirePermission', args)
  assertNoOptions('requirePermission', args)
  assertPermissionRule(first, 'requirePermission')
  return { kind: 'permission', rule: first as PermissionRule<Principal, unknown, string> }
}

/** The requirement of `requireRole(…)`, from its arguments. Wrong arguments are `configuration_invalid`. */
export function roleRequirement(args: readonly unknown[]): Requirement {
  if (args.some((role) => typeof role !== 'string')) assertCalledAsFactory('requireRole', args)
  const roles = args.flat() as unknown[]
  if (roles.length === 0 || !roles.every((role) => typeof role === 'string' && role !== ''))
    throw optionError('requireRole', 'takes the names of roles')
  return { kind: 'role', anyOf: roles as string[] }
}

/** The requirement of `requireOrganization(…)`, from its arguments. Wrong arguments are `configuration_invalid`. */
export function organizationRequirement(args: readonly unknown[]): Requirement {
  assertCalledAsFactory('requireOrganization', args)
  assertNoOptions('requireOrganization', args)
  const [of = null] = args as [((request: unknown) => MaybePromise<string | null | undefined>) | null | undefined]
  if (of !== null && typeof of !== 'function')
    throw optionError('requireOrganization', 'takes a function (request) => id, or nothing')
  return { kind: 'organization', of }
}

/**
 * For adapters: what a guard factory checks, and what a request keeps. State lives on the request
 * under one `Symbol.for` key, so that copies of the package loaded side by side agree.
 */
import { assertPermissionRule, type PermissionRule, type Requirement } from './access/requirement.js'
import type { DualAuth, Memo, Verdict } from './dual-auth.js'
import { AuthError, isAuthError } from './errors/auth-error.js'
import { optionError } from './errors/options.js'
import type { AuthRequest } from './http/request.js'
import type { Principal } from './identity/principal.js'

export type { DualAuth, Exchange, Memo, Verdict } from './dual-auth.js'
export type { PermissionRule, Requirement } from './access/requirement.js'
export type { Answer } from './respond/answer.js'
export type { AuthRequest } from './http/request.js'
export type { Principal, Account } from './identity/principal.js'
export type { RegisteredAuth, RegisteredPrincipal, PrincipalOfAuth } from './register.js'
export { AuthError, isAuthError }

/** Key of the state on a request, the same for every loaded copy. */
export const STATE: symbol = /* @__PURE__ */ Symbol.for('dualauth.state')

/** What a request keeps: which instances are mounted above it, and what each found out. */
export interface RequestState {
  /** Innermost last. */
  readonly mounts: Mount[]
  readonly memos: Map<DualAuth, Memo & { principal?: Principal | null }>
  /** True where a preflight went on, so that a later phase keeps it from the handler; false once that phase is over. */
  preflight?: boolean
}

export interface Mount {
  readonly auth: DualAuth
  /** Where it is mounted, in the framework's own terms; decides which one governs a guard. */
  readonly scope: unknown
}

export function createState(): RequestState {
  return { mounts: [], memos: new Map() }
}

/** @throws {AuthError} `configuration_invalid`: not an instance, or a mount passed without calling it. */
export function assertInstance(value: unknown, path: string): asserts value is DualAuth {
  if (
    typeof (value as DualAuth | null)?.guard !== 'function' ||
    typeof (value as DualAuth).authenticate !== 'function'
  ) {
    throw optionError(path, 'must be what createDualAuth() returned')
  }
}

/** One guard on one request. The instance's answer is memoised; the requirement is evaluated each time. */
export async function runGuard(
  state: RequestState,
  auth: DualAuth,
  request: AuthRequest,
  native: unknown,
  requirement: Requirement,
): Promise<Verdict> {
  const memo = memoOf(state, auth)
  const verdict = await auth.guard({ request, native, memo }, requirement)
  if (verdict.kind === 'pass') memo.principal = verdict.principal
  return verdict
}

function memoOf(state: RequestState, auth: DualAuth): Memo & { principal?: Principal | null } {
  let memo = state.memos.get(auth)
  if (memo === undefined) state.memos.set(auth, (memo = {}))
  return memo
}

/** The principal that a guard of this instance let in; null under `optionalAuth()`, undefined when none ran. */
export function principalIn(state: RequestState | undefined, auth: DualAuth): Principal | null | undefined {
  return state?.memos.get(auth)?.principal
}

/** `middleware_missing`: fail closed. */
export function missingMount(guard: string): AuthError {
  return new AuthError('middleware_missing', { message: `${guard}: no dualAuth(auth) is mounted above this route` })
}

/** `principal_missing`: no guard let anybody in, so there is nobody to return. */
export function missingPrincipal(): AuthError {
  return new AuthError('principal_missing', {
    message:
      'getPrincipal: no guard authenticated this request; add requireAuth(), or use getOptionalPrincipal after optionalAuth()',
  })
}

/**
 * A guard that a framework calls as a handler was passed without calling it; it would hang or let
 * everybody in.
 * @throws {AuthError} `guard_not_called`
 */
export function assertCalledAsFactory(guard: string, args: readonly unknown[]): void {
  const [first, second] = args
  if (typeof second === 'function' || args.length > 2 || (args.length === 2 && typeof first === 'object')) {
    throw new AuthError('guard_not_called', { message: `${guard} was passed without calling it; write ${guard}()` })
  }
}

export interface OptionalAuthOptions {
  /** Without it: a bad header is refused, a bad cookie is anonymous. */
  readonly onInvalid?: 'anonymous' | 'reject'
}

export function authenticatedRequirement(args: readonly unknown[]): Requirement {
  assertCalledAsFactory('requireAuth', args)
  if (args.length > 0 && args[0] !== undefined) throw optionError('requireAuth', 'takes no options')
  return { kind: 'authenticated' }
}

export function optionalRequirement(args: readonly unknown[]): Requirement {
  assertCalledAsFactory('optionalAuth', args)
  const { onInvalid = 'default', ...rest } = (args[0] ?? {}) as { onInvalid?: 'default' | 'anonymous' | 'reject' }
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) throw optionError(`optionalAuth.${unknown}`, 'unknown option')
  if (!['default', 'anonymous', 'reject'].includes(onInvalid))
    throw optionError('optionalAuth.onInvalid', 'must be one of anonymous, reject')
  return { kind: 'optional', onInvalid }
}

/** `('things:write')`, `('things', 'write')`, `{ any }`, `{ all }` or a callback. */
export function permissionRequirement(args: readonly unknown[]): Requirement {
  const [first, second] = args
  if (typeof first === 'string' && typeof second === 'string' && args.length === 2)
    return permissionRequirement([`${first}:${second}`])
  assertCalledAsFactory('requirePermission', args)
  assertPermissionRule(first, 'requirePermission')
  return { kind: 'permission', rule: first as PermissionRule }
}

export function roleRequirement(args: readonly unknown[]): Requirement {
  if (args.some((role) => typeof role !== 'string')) assertCalledAsFactory('requireRole', args)
  const roles = args.flat() as unknown[]
  if (roles.length === 0 || !roles.every((role) => typeof role === 'string' && role !== ''))
    throw optionError('requireRole', 'takes the names of roles')
  return { kind: 'role', anyOf: roles as string[] }
}

export function organizationRequirement(args: readonly unknown[]): Requirement {
  assertCalledAsFactory('requireOrganization', args)
  const [of = null] = args
  if (of !== null && typeof of !== 'function')
    throw optionError('requireOrganization', 'takes a function (request) => id, or nothing')
  return { kind: 'organization', of: of as never }
}

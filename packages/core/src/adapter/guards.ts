import type { ComposedRule, Requirement } from '../access/requirement.js'
import type { DualAuth } from '../dual-auth.js'
import { AuthError } from '../errors/auth-error.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import type { Principal } from '../identity/principal.js'
import type {
  PrincipalOfAuth,
  RegisteredAction,
  RegisteredPermission,
  RegisteredPrincipal,
  RegisteredResource,
} from '../register.js'
import {
  authenticatedRequirement,
  optionalRequirement,
  organizationRequirement,
  permissionRequirement,
  roleRequirement,
  type OptionalAuthOptions,
  type RequireAuthOptions,
} from './requirements.js'
import { assertMounted, principalIn, type RequestState } from './state.js'

/**
 * The exports of every adapter, in the types of its framework: its request, a guard, and a guard that lets anonymous
 * callers in.
 */
export interface Guards<Request, Guard, OptionalGuard = Guard> {
  /**
   * Lets authenticated callers in. Refuses with 401 (400 or 431 for a malformed credential), with 403 for an account
   * that is not let in, and with 503 for an outage. `{ fresh: true }` bypasses every cache.
   * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
   */
  requireAuth(this: void, options?: RequireAuthOptions): Guard
  /**
   * Lets everybody in. By default, an invalid header is refused (401), an invalid or expired cookie counts as
   * anonymous, and an outage is 503. `{ onInvalid: 'anonymous' | 'reject' }` changes this for both.
   * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
   */
  optionalAuth(this: void, options?: OptionalAuthOptions): OptionalGuard
  /**
   * Lets callers with a permission in: `'things:write'`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
   * `(principal, request) => boolean`. 401 without a credential, 403 without the permission, 503 for an outage.
   * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
   */
  requirePermission(this: void, rule: RegisteredPermission | ComposedRule<RegisteredPrincipal, Request>): Guard
  /**
   * Lets callers with the permission `resource:action` in. 401 without a credential, 403 without the permission, 503
   * for an outage.
   * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
   */
  requirePermission<Resource extends RegisteredResource>(
    this: void,
    resource: Resource,
    action: RegisteredAction<Resource>,
  ): Guard
  /**
   * Lets callers with one of the roles in. An API key with scopes has no role. 401 without a credential, 403 without
   * the role, 503 for an outage.
   * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
   */
  requireRole(this: void, ...roles: (string | readonly string[])[]): Guard
  /**
   * Lets callers in that act for an organization, or for the one that `of` reads from the request. 401 without a
   * credential, 403 for none or another, 503 for an outage.
   * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
   */
  requireOrganization(this: void, of?: (request: Request) => MaybePromise<string | null | undefined>): Guard
  /**
   * The principal that a guard of the instance for this route let in.
   * @throws {AuthError} `principal_missing`: no guard let anybody in; `middleware_missing`: no `dualAuth` is mounted
   *   above.
   */
  getPrincipal(this: void, request: Request): RegisteredPrincipal
  /**
   * The principal that a guard of this instance let in, with its type.
   * @throws {AuthError} `principal_missing`: no guard of this instance let anybody in.
   */
  getPrincipal<A extends DualAuth>(this: void, request: Request, auth: A): PrincipalOfAuth<A>
  /** Like `getPrincipal`, but null for anonymous callers, if no guard ran, and if nothing is mounted. For loggers. */
  getOptionalPrincipal(this: void, request: Request): RegisteredPrincipal | null
  /** Like `getPrincipal`, but null for anonymous callers and if no guard of this instance ran. */
  getOptionalPrincipal<A extends DualAuth>(this: void, request: Request, auth: A): PrincipalOfAuth<A> | null
}

/** The parts of a framework that guards are made of. */
export interface GuardParts<Request, Guard> {
  /** Turns a requirement into what the framework runs; `name` is for messages. */
  guard(name: string, requirement: Requirement): Guard
  /** The instance that governs this request, undefined if nothing is mounted; `caller` is for messages. */
  governing(request: Request, caller: string): DualAuth | undefined
  /** The state of the request. */
  state(request: Request): RequestState | undefined
  /** How a mount is written in this framework. */
  readonly write: string
}

/** Guards are synchronous factories: wrong arguments throw where the route is declared. */
export function createGuards<Request, Guard, OptionalGuard = Guard>({
  guard,
  governing,
  state,
  write,
}: GuardParts<Request, Guard & OptionalGuard>): Guards<Request, Guard, OptionalGuard> {
  return {
    requireAuth: (...args: unknown[]) => guard('requireAuth', authenticatedRequirement(args)),
    optionalAuth: (...args: unknown[]) => guard('optionalAuth', optionalRequirement(args)),
    requirePermission: (...args: unknown[]) => guard('requirePermission', permissionRequirement(args)),
    requireRole: (...args: unknown[]) => guard('requireRole', roleRequirement(args)),
    requireOrganization: (...args: unknown[]) => guard('requireOrganization', organizationRequirement(args)),
    getPrincipal,
    getOptionalPrincipal,
  }

  // Overloads, because the principal's type comes from `Register` or `auth`, and nothing can check it here.
  function getPrincipal(request: Request): RegisteredPrincipal
  function getPrincipal<A extends DualAuth>(request: Request, auth: A): PrincipalOfAuth<A>
  function getPrincipal(request: Request, auth?: DualAuth): Principal {
    const asked = auth ?? governing(request, 'getPrincipal')
    assertMounted(asked, 'getPrincipal', write)
    const found = principalIn(state(request), asked)
    if (!found) throw missingPrincipal(auth === undefined ? 'no guard' : 'no guard of that instance')
    return found
  }

  function getOptionalPrincipal(request: Request): RegisteredPrincipal | null
  function getOptionalPrincipal<A extends DualAuth>(request: Request, auth: A): PrincipalOfAuth<A> | null
  function getOptionalPrincipal(request: Request, auth?: DualAuth): Principal | null {
    const asked = auth ?? governing(request, 'getOptionalPrincipal')
    return asked === undefined ? null : (principalIn(state(request), asked) ?? null)
  }
}

/** No guard let anybody in, so there is nobody to return. */
function missingPrincipal(who: string): AuthError {
  return new AuthError('principal_missing', {
    message: `getPrincipal: ${who} authenticated this request; add requireAuth(), or use getOptionalPrincipal after optionalAuth()`,
  })
}

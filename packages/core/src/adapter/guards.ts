import type { PermissionRule, Requirement } from '../access/requirement.js'
import type { DualAuth } from '../dual-auth.js'
import { AuthError } from '../errors/auth-error.js'
import type { Principal } from '../identity/principal.js'
import type { MaybePromise } from '../keys/crypto.js'
import type { PrincipalOfAuth, RegisteredPrincipal } from '../register.js'
import {
  authenticatedRequirement,
  optionalRequirement,
  organizationRequirement,
  permissionRequirement,
  roleRequirement,
  type OptionalAuthOptions,
  type RequireAuthOptions,
} from './requirements.js'

/** What every adapter exports, in the types of its framework: its request, a guard, a guard that lets the anonymous in. */
export interface Guards<Request, Guard, OptionalGuard = Guard> {
  requireAuth(this: void, options?: RequireAuthOptions): Guard
  optionalAuth(this: void, options?: OptionalAuthOptions): OptionalGuard
  requirePermission(this: void, rule: PermissionRule<RegisteredPrincipal, Request>): Guard
  requirePermission(this: void, resource: string, action: string): Guard
  requireRole(this: void, ...roles: (string | readonly string[])[]): Guard
  requireOrganization(this: void, of?: (request: Request) => MaybePromise<string | null | undefined>): Guard
  getPrincipal(this: void, request: Request): RegisteredPrincipal
  getPrincipal<A extends DualAuth>(this: void, request: Request, auth: A): PrincipalOfAuth<A>
  getOptionalPrincipal(this: void, request: Request): RegisteredPrincipal | null
  getOptionalPrincipal<A extends DualAuth>(this: void, request: Request, auth: A): PrincipalOfAuth<A> | null
}

export interface GuardParts<Request, Guard> {
  /** Turns a requirement into what the framework runs; `name` is for messages. */
  guard(name: string, requirement: Requirement): Guard
  /** What a guard of this instance, or of the governing one, let in: null is anonymous, undefined none ran. */
  principal(request: Request, auth: DualAuth | undefined): Principal | null | undefined
}

/** Guards are synchronous factories; wrong arguments throw where the route is declared. */
export function createGuards<Request, Guard, OptionalGuard = Guard>({
  guard,
  principal,
}: GuardParts<Request, Guard & OptionalGuard>): Guards<Request, Guard, OptionalGuard> {
  const guards = {
    requireAuth: (...args: unknown[]) => guard('requireAuth', authenticatedRequirement(args)),
    optionalAuth: (...args: unknown[]) => guard('optionalAuth', optionalRequirement(args)),
    requirePermission: (...args: unknown[]) => guard('requirePermission', permissionRequirement(args)),
    requireRole: (...args: unknown[]) => guard('requireRole', roleRequirement(args)),
    requireOrganization: (...args: unknown[]) => guard('requireOrganization', organizationRequirement(args)),
    getPrincipal: (request: Request, auth?: DualAuth) => {
      const found = principal(request, auth)
      if (!found) throw missingPrincipal()
      return found
    },
    getOptionalPrincipal: (request: Request, auth?: DualAuth) => principal(request, auth) ?? null,
  }
  return guards as unknown as Guards<Request, Guard, OptionalGuard>
}

/** No guard let anybody in, so there is nobody to return. */
function missingPrincipal(): AuthError {
  return new AuthError('principal_missing', {
    message:
      'getPrincipal: no guard authenticated this request; add requireAuth(), or use getOptionalPrincipal after optionalAuth()',
  })
}

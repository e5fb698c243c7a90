import { grantedEverywhere } from '../identity/grants.js'
import type { Principal } from '../identity/principal.js'
import type { VerifiedIdentity } from '../route/verifier.js'
import { isGranted, isInScope, type CoveringGrant, type RoleMap } from './grants.js'

/** One finding of `auth.why`. It names roles, grants and organizations, and nothing of a credential. */
export type PermissionFinding =
  | {
      readonly code: 'granted'
      /** As it was granted, such as `things:*`. */
      readonly grant: string
      /** The role whose grant it is, as `access.roles` says; null where it was granted directly. */
      readonly role: string | null
      /** The organization where role or grant hold; null where they hold in all. */
      readonly organization: string | null
    }
  /** The option `account` knows no account of this id. */
  | { readonly code: 'account_unknown' }
  | { readonly code: 'account_deactivated' }
  /** `account` refused, with the reason of the application's own where it gave one. */
  | { readonly code: 'account_refused'; readonly reason: string | null }
  /** Not a principal that this instance made. */
  | { readonly code: 'principal_foreign' }
  /** The account is no member there, or its API key was made for another organization. */
  | { readonly code: 'not_a_member'; readonly organization: string | null }
  /** A role that `access.roles` does not name grants nothing. */
  | { readonly code: 'role_unknown'; readonly role: string }
  /** Nothing that holds in this organization grants it. */
  | { readonly code: 'not_granted'; readonly organization: string | null }
  /** The scopes of the API key do not cover it, whatever its owner may. */
  | { readonly code: 'out_of_scope' }

/** Why a permission is held, or what is missing, for support. */
export interface PermissionExplanation {
  readonly allowed: boolean
  /** Where it is allowed: every grant that allows it. Else what is missing, after what is there. */
  readonly because: readonly PermissionFinding[]
}

/** @param identity What the principal's credential states; null where it states nothing that could be moved. */
export function explainPermission(
  principal: Principal,
  identity: VerifiedIdentity | null,
  permission: string,
  roles: RoleMap,
): PermissionExplanation {
  const { organization } = principal
  const found: CoveringGrant[] = []
  const granted = isGranted(principal, permission, roles, found)
  const because = found.map(({ role, grant }): PermissionFinding => ({
    code: 'granted',
    grant,
    role,
    organization: isEverywhere(principal, identity, role, grant) ? null : organization,
  }))
  if (!granted) because.push(...unknownRoles(principal, roles), { code: 'not_granted', organization })
  const inScope = isInScope(principal, permission)
  if (!inScope) because.push({ code: 'out_of_scope' })
  return explanation(granted && inScope, because)
}

export function explanation(allowed: boolean, because: readonly PermissionFinding[]): PermissionExplanation {
  return Object.freeze({ allowed, because: Object.freeze(because.map((one) => Object.freeze(one))) })
}

function isEverywhere(
  { account }: Principal,
  identity: VerifiedIdentity | null,
  role: string | null,
  grant: string,
): boolean {
  return role === null
    ? grantedEverywhere(account, identity, 'permissions', grant)
    : grantedEverywhere(account, identity, 'roles', role)
}

function unknownRoles(principal: Principal, roles: RoleMap): PermissionFinding[] {
  return principal.roles.filter((role) => !Object.hasOwn(roles, role)).map((role) => ({ code: 'role_unknown', role }))
}

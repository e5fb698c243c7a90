import { grantedEverywhere } from '../identity/grants.js'
import type { Principal } from '../identity/principal.js'
import type { VerifiedIdentity } from '../route/verifier.js'
import { satisfies } from './authorize.js'
import { isGranted, isInScope, type CoveringGrant, type RoleMap } from './grants.js'
import { namesIn, type PermissionDemand } from './requirement.js'

/** One finding of `auth.why`. It names roles, grants and organizations, and contains nothing of a credential. */
export type PermissionFinding =
  | {
      readonly code: 'granted'
      /** The permission asked for. A rule with several has one finding for each. */
      readonly permission: string
      /** As it was granted, such as `things:*`. */
      readonly grant: string
      /** The role with this grant, by `access.roles`; null if it was granted directly. */
      readonly role: string | null
      /** The organization where the role or grant holds; null if it holds in all. */
      readonly organization: string | null
    }
  /** The option `account` found no account with this id. */
  | { readonly code: 'account_unknown' }
  | { readonly code: 'account_deactivated' }
  /** `account` refused, with the application's reason, if any. */
  | { readonly code: 'account_refused'; readonly reason: string | null }
  /** Not a principal of this instance. */
  | { readonly code: 'principal_foreign' }
  /** The account is not a member there, or its API key belongs to another organization. */
  | { readonly code: 'not_a_member'; readonly organization: string | null }
  /** The role is not in `access.roles`, so it grants nothing. */
  | { readonly code: 'role_unknown'; readonly role: string }
  /** Nothing that holds in this organization grants it. */
  | { readonly code: 'not_granted'; readonly permission: string; readonly organization: string | null }
  /** The scopes of the API key do not cover it, whatever its owner is allowed. */
  | { readonly code: 'out_of_scope'; readonly permission: string }

/** Why a permission is held, or what is missing, for support. */
export interface PermissionExplanation {
  readonly allowed: boolean
  /** If allowed: every grant that allows it. Otherwise: what is held, then what is missing. */
  readonly because: readonly PermissionFinding[]
  /** All roles held there, including roles without effect on the answer. Empty if the subject cannot act there. */
  readonly roles: readonly string[]
}

/** @param identity What the principal's credential states; null if it cannot act for another organization. */
export function explainPermission(
  principal: Principal,
  identity: VerifiedIdentity | null,
  rule: PermissionDemand<string>,
  roles: RoleMap,
): PermissionExplanation {
  // Without callbacks, the result is never a promise.
  const allowed = satisfies(principal, rule, undefined, roles) === true
  const found = [...namesIn(rule)].map((permission) => findingsOf(principal, identity, permission, roles))
  const because = found.flatMap((one) => (allowed && !one.holds ? [] : one.because))
  if (!allowed && found.some(({ isMissing }) => isMissing)) because.unshift(...unknownRoles(principal, roles))
  return explanation(allowed, because, principal.roles)
}

interface Findings {
  readonly holds: boolean
  /** Whether nothing grants it. */
  readonly isMissing: boolean
  readonly because: readonly PermissionFinding[]
}

/** The findings about one permission. */
function findingsOf(
  principal: Principal,
  identity: VerifiedIdentity | null,
  permission: string,
  roles: RoleMap,
): Findings {
  const { organization } = principal
  const found: CoveringGrant[] = []
  const granted = isGranted(principal, permission, roles, found)
  const because = found.map(({ role, grant }): PermissionFinding => ({
    code: 'granted',
    permission,
    grant,
    role,
    organization: isEverywhere(principal, identity, role, grant) ? null : organization,
  }))
  if (!granted) because.push({ code: 'not_granted', permission, organization })
  const inScope = isInScope(principal, permission)
  if (!inScope) because.push({ code: 'out_of_scope', permission })
  return { holds: granted && inScope, isMissing: !granted, because }
}

/** Frozen deeply. */
export function explanation(
  allowed: boolean,
  because: readonly PermissionFinding[],
  roles: readonly string[],
): PermissionExplanation {
  const findings = Object.freeze(because.map((one) => Object.freeze(one)))
  return Object.freeze({ allowed, because: findings, roles: Object.freeze([...roles]) })
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

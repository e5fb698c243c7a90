import type { VerifiedIdentity } from '../route/verifier.js'
import type { Account } from './principal.js'

/** The account's own organization wins over the provider's grouping, also when it is null. */
export function organizationOf(identity: VerifiedIdentity, account: Account): string | null {
  return account.organization === undefined ? identity.organization : account.organization
}

/** Roles that hold for the organization acted for; a grant of another organization is not there at all. */
export function rolesHere(
  identity: VerifiedIdentity,
  account: Account,
  organization: string | null,
): readonly string[] {
  const roles = account.roles ?? identity.roles
  return Object.freeze([
    ...new Set(
      roles.flatMap((grant) =>
        typeof grant === 'string' ? [grant] : grant.organization === organization ? [grant.role] : [],
      ),
    ),
  ])
}

export function permissionsHere(
  identity: VerifiedIdentity,
  account: Account,
  organization: string | null,
): readonly string[] {
  const permissions = account.permissions ?? identity.permissions
  return Object.freeze([
    ...new Set(
      permissions.flatMap((grant) =>
        typeof grant === 'string' ? [grant] : grant.organization === organization ? [grant.permission] : [],
      ),
    ),
  ])
}

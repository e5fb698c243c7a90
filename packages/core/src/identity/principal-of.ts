import type { VerifiedIdentity } from '../route/verifier.js'
import { isMember, effectivePermissions, effectiveRoles } from './grants.js'
import type { Account, Principal } from './principal.js'

/** The caller, acting for one organization or for none. */
export function principalOf(
  verifier: string,
  identity: VerifiedIdentity,
  account: Account,
  organization: string | null,
): Principal {
  const granting = withoutForeignGrants(identity, organization)
  return Object.freeze({
    id: account.id,
    kind: identity.kind,
    verifier,
    issuer: identity.issuer,
    subject: identity.subject,
    organization,
    roles: effectiveRoles(granting, account, organization),
    permissions: effectivePermissions(granting, account, organization, identity),
    scopes: identity.scopes,
    sessionId: identity.sessionId,
    keyId: identity.keyId ?? null,
    email: identity.email ?? null,
    expiresAt: identity.expiresAt,
    issuedAt: identity.issuedAt ?? null,
    impersonator: identity.impersonator,
    secretIndex: identity.secretIndex,
    claims: identity.claims,
    account,
  })
}

/** The same caller in another organization of its account, or in none. Null if the account is not a member there. */
export function actingFor(
  { verifier, account }: Principal,
  identity: VerifiedIdentity,
  organization: string | null,
): Principal | null {
  // A key made for one organization cannot act in another.
  if (identity.scopes !== null && isMoved(identity, organization)) return null
  if (organization !== null && !isMember(account, organization)) return null
  return principalOf(verifier, identity, account, organization)
}

/**
 * Roles and permissions of a credential hold in the organization that it names. If the caller acts for another one,
 * only grants from `link` count.
 */
function withoutForeignGrants(identity: VerifiedIdentity, organization: string | null): VerifiedIdentity {
  return isMoved(identity, organization) ? { ...identity, roles: [], permissions: [] } : identity
}

/** @param organization Undefined: no other organization was chosen. */
export function isMoved(identity: VerifiedIdentity, organization: string | null | undefined): boolean {
  return organization !== undefined && identity.organization !== null && organization !== identity.organization
}

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

/** The same caller in another organization of its account, or in none; null where it is no member there. */
export function actingFor(
  { verifier, account }: Principal,
  identity: VerifiedIdentity,
  organization: string | null,
): Principal | null {
  // A key that was made for one organization acts in no other.
  if (identity.scopes !== null && isMoved(identity, organization)) return null
  if (organization !== null && !isMember(account, organization)) return null
  return principalOf(verifier, identity, account, organization)
}

/**
 * Roles and permissions of a credential hold in the organization that it names. Where the caller acts
 * for another one, only what `link` grants counts.
 */
function withoutForeignGrants(identity: VerifiedIdentity, organization: string | null): VerifiedIdentity {
  return isMoved(identity, organization) ? { ...identity, roles: [], permissions: [] } : identity
}

/** @param organization Undefined: nobody chose another one. */
export function isMoved(identity: VerifiedIdentity, organization: string | null | undefined): boolean {
  return organization !== undefined && identity.organization !== null && organization !== identity.organization
}

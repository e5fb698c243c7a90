import type { VerifiedIdentity } from '../route/verifier.js'
import type { Account, Membership, PermissionGrant } from './principal.js'
import { hasWildcard, statedWildcards } from './stated-wildcards.js'

/** The account's own organization wins over the provider's grouping, even if it is null. */
export function organizationOf(identity: VerifiedIdentity, account: Account): string | null {
  return account.organization === undefined ? identity.organization : account.organization
}

/** Roles that hold for the organization acted for. Grants of other organizations are left out. */
export function effectiveRoles(
  identity: VerifiedIdentity,
  account: Account,
  organization: string | null,
): readonly string[] {
  const grants = account.roles ?? identity.roles
  const { roles = [] } = membershipIn(account, organization)
  return here(roles.length === 0 ? grants : [...grants, ...roles], organization, ({ role }) => role)
}

/** @param stated The identity with what it states about other organizations. */
export function effectivePermissions(
  identity: VerifiedIdentity,
  account: Account,
  organization: string | null,
  stated: VerifiedIdentity,
): readonly string[] {
  const { permissions = [] } = membershipIn(account, organization)
  const grants = account.permissions ?? identity.permissions
  const names = here(permissions.length === 0 ? grants : [...grants, ...permissions], organization, permissionOf)
  if (!names.some(hasWildcard)) return names
  return grants === identity.permissions && permissions.length === 0 && identity.ownPermissions !== true
    ? Object.freeze(names.filter((name) => !hasWildcard(name)))
    : withoutStated(names, stated)
}

function permissionOf({ permission }: Exclude<PermissionGrant, string>): string {
  return permission
}

/**
 * A wildcard in the credential comes from its provider, even if `link` passes it through. It is left out: it would be
 * literal, and no guard asks for a name with `*`. So every wildcard of a principal counts.
 */
function withoutStated(names: readonly string[], identity: VerifiedIdentity): readonly string[] {
  const stated = statedWildcards(identity)
  return Object.freeze(names.filter((name) => !stated.has(name)))
}

/** Whether a role or permission that the principal has holds in every organization, and not in one of them only. */
export function grantedEverywhere(
  account: Account,
  identity: VerifiedIdentity | null,
  kind: 'roles' | 'permissions',
  name: string,
): boolean {
  const stated = identity === null || identity.organization !== null ? [] : identity[kind]
  const grants: readonly unknown[] = account[kind] ?? stated
  return grants.includes(name)
}

type Grants = Pick<Exclude<Membership, string>, 'roles' | 'permissions'>
const NO_GRANTS: Grants = /* @__PURE__ */ Object.freeze({})

function membershipIn({ memberships }: Account, organization: string | null): Grants {
  if (memberships === undefined || organization === null) return NO_GRANTS
  const found = memberships.find((one) => typeof one !== 'string' && one.organization === organization)
  return (found as Grants | undefined) ?? NO_GRANTS
}

/** Whether `link` said that the account belongs to this organization, as a membership or by a grant there. */
export function isMember({ memberships = [], roles = [], permissions = [] }: Account, organization: string): boolean {
  if (memberships.includes(organization)) return true
  const named = [...memberships, ...roles, ...permissions]
  return named.some((one) => typeof one !== 'string' && one.organization === organization)
}

/** The organizations that `link` named, as memberships or by grants there, each once. */
export function organizationsNamed({ memberships = [], roles = [], permissions = [] }: Account): readonly string[] {
  const named = [...roles, ...permissions].flatMap((grant) => (typeof grant === 'string' ? [] : [grant.organization]))
  return [...new Set([...memberships.map((one) => (typeof one === 'string' ? one : one.organization)), ...named])]
}

function here<Grant extends { readonly organization: string }>(
  grants: readonly (string | Grant)[],
  organization: string | null,
  nameOf: (grant: Grant) => string,
): readonly string[] {
  // The claims' own list, if it is already complete.
  if (Object.isFrozen(grants) && grants.every(isName) && isSet(grants)) return grants
  const names: string[] = []
  for (const grant of grants) {
    if (typeof grant === 'string') names.push(grant)
    else if (grant.organization === organization) names.push(nameOf(grant))
  }
  return Object.freeze(isSet(names) ? names : [...new Set(names)])
}

function isName(grant: unknown): grant is string {
  return typeof grant === 'string'
}

function isSet(names: readonly string[]): boolean {
  // Most lists are short, and comparing each pair is cheaper than a set.
  if (names.length > 8) return new Set(names).size === names.length
  return names.every((name, place) => names.indexOf(name) === place)
}

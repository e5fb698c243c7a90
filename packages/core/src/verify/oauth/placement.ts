import type { MaybePromise } from '../../async/maybe-promise.js'
import type { JsonObject } from '../../route/jwt.js'
import type { ReadGroups } from './groups.js'
import { UNREADABLE, type ClaimReader } from '../../settings/claim-source.js'
import { idIn, namesIn, statedIn } from '../jwt/mapped-claims.js'

/** Selects one of several organizations that the groups name; null for none. A throw counts as "cannot tell" (503). */
export type OrganizationOf = (claims: JsonObject, candidates: readonly string[]) => MaybePromise<string | null>

export interface PlacementRules {
  readonly readGroups: ReadGroups
  /** False if no rule names organizations: the organization is then what its claim says. */
  readonly organizationsByGroup: boolean
  readonly groups: ClaimReader
  readonly roles: ClaimReader
  readonly organization: ClaimReader | null
  readonly organizationOf: OrganizationOf | null
}

export interface Placement {
  readonly organization: string | null
  readonly roles: readonly string[]
}

/**
 * For which organization does the caller act, and with which roles? Groups of other organizations grant nothing there.
 * A single organization is used; if there are several, `organizationOf` or a claim must name one of them, or the caller
 * acts for none. If the claim is unreadable: `UNREADABLE`.
 */
export async function placeCaller(claims: JsonObject, rules: PlacementRules): Promise<Placement | typeof UNREADABLE> {
  const stated = statedIn(rules.organization?.read(claims), idIn)
  if (stated === UNREADABLE) return UNREADABLE
  const own = namesIn(rules.roles.read(claims))
  const { organizations, roles } = rules.readGroups(namesIn(rules.groups.read(claims)))
  const organization = rules.organizationsByGroup
    ? await choose([...organizations.keys()], stated, claims, rules.organizationOf)
    : stated
  const here = organization === null ? [] : (organizations.get(organization) ?? [])
  return { organization, roles: [...new Set([...own, ...roles, ...here])] }
}

async function choose(
  candidates: readonly string[],
  stated: string | null,
  claims: JsonObject,
  organizationOf: OrganizationOf | null,
): Promise<string | null> {
  // The token's own claim is believed only if a group confirms it.
  if (stated !== null) return candidates.includes(stated) ? stated : null
  const [only, ...others] = candidates
  if (only === undefined) return null
  if (others.length === 0) return only
  const chosen = await organizationOf?.(claims, candidates)
  return typeof chosen === 'string' && candidates.includes(chosen) ? chosen : null
}

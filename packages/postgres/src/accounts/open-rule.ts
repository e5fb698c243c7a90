import type { LinkInput } from '@dualauth/core'
import { claimReader, type ClaimReader } from '@dualauth/core/settings'
import type { MappedKind } from '../organizations/organization-map.js'
import { isKey } from '../sql/id-column.js'
import { claimsOf } from './account-identity.js'
import type { VerifierRule } from './options.js'

/** A verifier's rule, ready to be applied. */
export interface OpenRule {
  /** The own id that the provider states, as text; null for none. */
  readonly ownId: (identity: LinkInput) => string | null
  /** Whether the own id comes from the provider's events. */
  readonly isOwnSynced: boolean
  /** Whether the own id is the subject itself, which needs no link. */
  readonly isOwn: (identity: LinkInput) => boolean
  readonly isMapped: boolean
  readonly groups: ClaimReader | null
  /** The source of the events that count; null for none. */
  readonly synced: string | null
  readonly provision: VerifierRule['provision']
  /**
   * What `'create'` writes: the address from the claims, or from the provider's data beside them, and whether it is
   * verified.
   */
  readonly contact: (identity: LinkInput) => { readonly email: unknown; readonly isVerified: boolean }
}

export function openRule(name: string, rule: VerifierRule): OpenRule {
  const { ownId, mapped, groups, provision } = rule
  const at = `accounts.verifiers.${name}`
  const email = claimReader(rule.email ?? 'email', `${at}.email`)
  const emailVerified = claimReader(rule.emailVerified ?? 'email_verified', `${at}.emailVerified`)
  const claim = typeof ownId === 'object' ? claimReader(ownId.claim, `${at}.ownId.claim`) : null
  // Decided by what core says about the key store, never by a name or a claim, which a provider may choose.
  const isOwn = ({ ownSubject }: LinkInput): boolean =>
    ownId === 'subject' || (ownId === undefined && ownSubject === true)
  return {
    isOwn,
    ownId: (identity) =>
      isOwn(identity) ? identity.subject : claim === null ? null : idIn(claim.read(claimsOf(identity.claims))),
    isOwnSynced: ownId === 'synced',
    isMapped: mapped ?? groups !== undefined,
    synced: rule.synced === true ? 'workos' : (rule.synced ?? null),
    groups: groups === undefined ? null : claimReader(groups, `${at}.groups`),
    provision,
    contact({ claims, contact }) {
      const stated = email.read(claimsOf(claims)) ?? null
      // If the options name a claim, only that claim is used.
      if (stated === null && contact !== undefined && rule.email === undefined) return contact
      return { email: stated, isVerified: emailVerified.read(claimsOf(claims)) === true }
    },
  }
}

/** Providers write ids as text or as whole numbers. */
function idIn(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}

/** No token of a sane size has more. */
const MAX_GROUPS = 1000

export function groupsOf(identity: LinkInput, { groups }: OpenRule): readonly string[] {
  const value = groups?.read(claimsOf(identity.claims))
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((group): group is string => typeof group === 'string' && isKey(group)).slice(0, MAX_GROUPS)
}

/** What is looked up in the organization map. */
export function externalIds(identity: LinkInput, rule: OpenRule): Readonly<Record<MappedKind, readonly string[]>> {
  const { organization } = identity
  return {
    organization: organization === null || !isKey(organization) ? [] : [organization],
    group: groupsOf(identity, rule),
  }
}

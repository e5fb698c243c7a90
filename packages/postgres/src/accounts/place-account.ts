import type { Account, LinkInput } from '@dualauth/core'
import type { Belonging, Found } from './read-account.js'
import { judgeSynced } from './synced.js'

/** How the organization of a credential is treated. */
interface Placing {
  readonly isMapped: boolean
  /** Whether it counts only if the look-up found it open. */
  readonly asksOpen: boolean
  /** Null if the rule names no claim of groups. */
  readonly groups: readonly string[] | null
}

/** The account for this credential: the provider's organizations and roles, mapped to those of this application. */
export function placeAccount(
  { account, mapped, synced }: Found & { readonly account: Account },
  identity: LinkInput,
  { isMapped, asksOpen, groups }: Placing,
): Account {
  // If the provider's events count, only what they leave of the credential is used.
  const judged = synced === null ? { identity, others: [] } : judgeSynced(identity, synced)
  const own = account.memberships as readonly Belonging[] | undefined
  // From the person's own row, if the credential names none: a credential for another organization must not act for
  // this one.
  const { organization: usual = null } = account
  const isKept = ({ organization }: Belonging): boolean => own === undefined || own.some(isOf(organization))
  const isSilent = identity.organization === null
  if (!isMapped && synced === null) {
    if (own === undefined && !asksOpen) return account
    // An organization in a credential counts only if the person is a member, or if it is open.
    const counts =
      own === undefined ? mapped.organization.has(identity.organization ?? '') : own.some(isOf(identity.organization))
    return { ...account, organization: isSilent ? usual : counts ? identity.organization : null }
  }
  const { organization, roles, permissions } = judged.identity
  const stated = organization === null ? undefined : mapped.organization.get(organization)
  const provided = [
    // The token's roles and permissions belong to its organization, and are dropped with it.
    ...(stated === undefined ? [] : [{ ...stated, roles: [...stated.roles, ...roles], permissions }]),
    ...(groups ?? []).flatMap((group) => mapped.group.get(group) ?? []),
  ].filter(isKept)
  const memberships = [...(own ?? []), ...provided, ...judged.others.filter(isKept)].reduce<Belonging[]>(added, [])
  const named =
    stated ?? (new Set(provided.map(({ organization }) => organization)).size === 1 ? provided[0] : undefined)
  const acting = memberships.find(isOf(named?.organization ?? null))
  // They apply nowhere else: another organization's id here may equal the provider's id of that one.
  const elsewhere = isSilent ? {} : { roles: account.roles ?? [], permissions: account.permissions ?? [] }
  // If groups decide, no group means no organization.
  const unnamed = isSilent && groups === null ? usual : null
  return { ...account, ...elsewhere, memberships, organization: acting?.organization ?? unnamed }
}

function isOf(organization: string | null): (one: Belonging) => boolean {
  return (one) => one.organization === organization
}

function added(list: Belonging[], one: Belonging): Belonging[] {
  const found = list.findIndex(isOf(one.organization))
  if (found === -1) return [...list, one]
  const { organization, roles = [], permissions = [] } = list[found]!
  const both = {
    organization,
    roles: [...new Set([...roles, ...(one.roles ?? [])])],
    permissions: [...new Set([...permissions, ...(one.permissions ?? [])])],
  }
  return list.with(found, both)
}

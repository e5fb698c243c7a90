import type { Account, LinkInput } from '@dualauth/core'
import type { Belonging, Found } from './read-account.js'
import { judgeSynced } from './synced.js'

/** How the organization of a credential is taken. */
interface Placing {
  readonly isMapped: boolean
  /** Whether it counts only as far as the look-up found it open. */
  readonly asksOpen: boolean
  /** Null if the rule names no claim of groups. */
  readonly groups: readonly string[] | null
}

/** The account as this credential's provider sees it: its organizations and roles, in the words of this application. */
export function placeAccount(
  { account, mapped, synced }: Found & { readonly account: Account },
  identity: LinkInput,
  { isMapped, asksOpen, groups }: Placing,
): Account {
  // Where events of the provider count, what is placed is what they leave of the credential.
  const judged = synced === null ? { identity, others: [] } : judgeSynced(identity, synced)
  const own = account.memberships as readonly Belonging[] | undefined
  // Of the person's own row, where the credential names none: one that names another must not act for this one.
  const { organization: usual = null } = account
  const isKept = ({ organization }: Belonging): boolean => own === undefined || own.some(isOf(organization))
  const isSilent = identity.organization === null
  if (!isMapped && synced === null) {
    if (own === undefined && !asksOpen) return account
    // What a credential says of an organization counts for its members, and of one that is open.
    const counts =
      own === undefined ? mapped.organization.has(identity.organization ?? '') : own.some(isOf(identity.organization))
    return { ...account, organization: isSilent ? usual : counts ? identity.organization : null }
  }
  const { organization, roles, permissions } = judged.identity
  const stated = organization === null ? undefined : mapped.organization.get(organization)
  const provided = [
    // Roles and permissions of the token are those of its organization, and go with it.
    ...(stated === undefined ? [] : [{ ...stated, roles: [...stated.roles, ...roles], permissions }]),
    ...(groups ?? []).flatMap((group) => mapped.group.get(group) ?? []),
  ].filter(isKept)
  const memberships = [...(own ?? []), ...provided, ...judged.others.filter(isKept)].reduce<Belonging[]>(added, [])
  const named =
    stated ?? (new Set(provided.map(({ organization }) => organization)).size === 1 ? provided[0] : undefined)
  const acting = memberships.find(isOf(named?.organization ?? null))
  // They hold nowhere else: another organization's id here may read as the provider's id of that one.
  const elsewhere = isSilent ? {} : { roles: account.roles ?? [], permissions: account.permissions ?? [] }
  // Where groups decide, no group is no organization.
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

import type { Account, LinkInput } from '@dualauth/core'
import type { Belonging, Found } from './read-account.js'

/** The account as this credential's provider sees it: its organizations and roles, in the words of this application. */
export function placeAccount(
  { account, mapped }: Found & { readonly account: Account },
  identity: LinkInput,
  isMapped: boolean,
  groups: readonly string[],
): Account {
  const own = account.memberships as readonly Belonging[] | undefined
  if (!isMapped) {
    if (own === undefined) return account
    // What a credential says of an organization counts for its members.
    return { ...account, organization: own.some(isOf(identity.organization)) ? identity.organization : null }
  }
  const stated = identity.organization === null ? undefined : mapped.get(identity.organization)
  const provided = [
    // Roles and permissions of the token are those of its organization, and go with it.
    ...(stated === undefined
      ? []
      : [{ ...stated, roles: [...stated.roles, ...identity.roles], permissions: identity.permissions }]),
    ...groups.flatMap((group) => mapped.get(group) ?? []),
  ].filter(({ organization }) => own === undefined || own.some(isOf(organization)))
  const memberships = [...(own ?? []), ...provided].reduce<Belonging[]>(added, [])
  const named =
    stated ?? (new Set(provided.map(({ organization }) => organization)).size === 1 ? provided[0] : undefined)
  const acting = memberships.find(isOf(named?.organization ?? null))
  return { ...account, memberships, organization: acting?.organization ?? null }
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

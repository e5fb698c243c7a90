import type { LinkInput, LinkRefusal } from '@dualauth/core'
import { claimsOf } from './account-identity.js'
import type { Belonging } from './read-account.js'

/** A membership of the identity's user, by the last event about it. */
interface SyncedMembership {
  /** The provider's id. */
  readonly external: string
  /** The application's own id; null if none is mapped or open. */
  readonly own: string | null
  /** `active`, `inactive`, `pending`; `deleted` also if its organization was deleted. */
  readonly status: string
  /** The roles in the event. */
  readonly roles: readonly string[]
  /** The roles that the organization map adds. */
  readonly mappedRoles: readonly string[]
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}

/** What events said about the identity's user. */
export interface Synced {
  /** Whether anything is known about the user itself. */
  readonly isKnown: boolean
  readonly isDeleted: boolean
  /** The application's own id, as the application stored it at the provider; null if it stored none. */
  readonly externalId: string | null
  readonly memberships: readonly SyncedMembership[]
}

/** What the identity says, corrected by anything newer. */
export interface Judged {
  readonly identity: Pick<LinkInput, 'organization' | 'roles' | 'permissions'>
  /** Further organizations that the user is a member of. */
  readonly others: readonly Belonging[]
}

export function readSynced(value: unknown): Synced | null {
  if (typeof value !== 'string') return null
  const { user, memberships } = JSON.parse(value) as {
    readonly user: readonly [deleted: boolean, externalId: string | null] | null
    readonly memberships: readonly (readonly [string, string, string[], string, string | null, string[] | null])[]
  }
  return {
    isKnown: user !== null,
    isDeleted: user?.[0] ?? false,
    externalId: user?.[1] ?? null,
    memberships: memberships.map(([external, status, roles, changedAt, own, mappedRoles]) => ({
      external,
      own,
      status,
      roles,
      mappedRoles: mappedRoles ?? [],
      changedAt: Number(changedAt),
    })),
  }
}

/**
 * Null if nothing speaks against the user. A deleted user is refused even if the token is still valid.
 */
export function refusalOf(identity: LinkInput, { isDeleted, memberships }: Synced): LinkRefusal | null {
  if (isDeleted) return { refuse: 'account_deactivated', reason: 'deleted_at_provider' }
  const statuses = memberships.filter(({ status }) => status !== 'deleted').map(({ status }) => status)
  const isInactive = statuses.length > 0 && statuses.every((status) => status === 'inactive')
  const newest = Math.max(...memberships.map(({ changedAt }) => changedAt))
  if (!isInactive || (identity.organization !== null && isNewer(identity, newest))) return null
  return { refuse: 'account_deactivated', reason: 'inactive_at_provider' }
}

/**
 * The newer of credential and event counts: a credential issued after the last change includes it, and perhaps changes
 * that no event has reported yet. An older one keeps what it says if the roles are the same.
 */
export function judgeSynced(identity: LinkInput, { memberships }: Synced): Judged {
  const { organization, roles, permissions } = identity
  const known = memberships.find(({ external }) => external === organization)
  const others = memberships
    .filter(({ external, status }) => external !== organization && status === 'active')
    .flatMap(({ own, roles, mappedRoles }) =>
      own === null ? [] : [{ organization: own, roles: [...mappedRoles, ...roles] }],
    )
  if (known === undefined || isNewer(identity, known.changedAt))
    return { identity: { organization, roles, permissions }, others }
  if (known.status !== 'active') return { identity: { organization: null, roles: [], permissions: [] }, others }
  const same = isSame(roles, known.roles)
  return { identity: { organization, roles: same ? roles : known.roles, permissions: same ? permissions : [] }, others }
}

/** `iat` is rounded down to whole seconds: within the same second, the event counts as newer. */
function isNewer({ claims }: LinkInput, changedAt: number): boolean {
  const issuedAt = claimsOf(claims)['iat']
  return typeof issuedAt === 'number' && issuedAt * 1000 >= changedAt
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  const names = new Set(some)
  return names.size === new Set(others).size && others.every((name) => names.has(name))
}

import type { Account, Membership, PermissionGrant, RoleGrant } from '@dualauth/core'
import type { MappedKind } from '../organizations/organization-map.js'
import type { Row } from '../sql/row.js'
import { readSynced, type Synced } from './synced.js'

type Mapped = ReadonlyMap<string, { readonly organization: string; readonly roles: readonly string[] }>

/** What one look-up found, checked: a column of an unexpected shape must not grant anything. */
export interface Found {
  /** The account that a link names; null if there is no link. */
  readonly linked: string | null
  /** Whether the link was ended. */
  readonly ended: boolean
  readonly account: Account | null
  /** What the organization map says, by the provider's id; a group is never looked up among the organizations. */
  readonly mapped: Readonly<Record<MappedKind, Mapped>>
  /** What the provider's events said; null if the rule does not use them. */
  readonly synced: Synced | null
}

/** What the application keeps in its tables; the credential may state the rest. */
export interface Kept {
  readonly roles: boolean
  readonly grants: boolean
  readonly memberships: boolean
}

export function readFound(row: Row, kept: Kept): Found {
  const mapped = pairs(row['mapped'], 'organization_map')
  return {
    linked: (row['linked'] ?? null) as string | null,
    ended: row['ended'] === 'true',
    account: readAccount(row, kept),
    mapped: { organization: mappedOf(mapped, 'organization'), group: mappedOf(mapped, 'group') },
    synced: readSynced(row['synced']),
  }
}

function mappedOf(rows: readonly (readonly unknown[])[], kind: MappedKind): Mapped {
  return new Map(
    rows
      .filter((row) => row[0] === kind)
      .map(([, external, organization, roles]) => [
        String(external),
        { organization: String(organization), roles: names(roles) },
      ]),
  )
}

/** Null if the row holds no account. */
export function readAccount(row: Row | undefined, kept: Kept): Account | null {
  if (typeof row?.['id'] !== 'string') return null
  const everywhere = row['roles'] === null ? [] : names(JSON.parse(String(row['roles'])))
  const organization = typeof row['organization'] === 'string' ? row['organization'] : null
  const belongings = [...pairs(row['memberships'], 'memberships'), [organization, null]]
  const memberships = kept.memberships ? merged(belongings) : undefined
  // Former members have nothing in an organization, even if a role row was left behind.
  const holds = ([, place]: readonly unknown[]): boolean =>
    memberships === undefined ||
    typeof place !== 'string' ||
    memberships.some(({ organization }) => organization === place)
  return {
    ...(row['fields'] === null ? {} : (JSON.parse(String(row['fields'])) as object)),
    id: row['id'],
    active: row['active'] === 'true',
    ...(kept.roles
      ? { roles: [...everywhere, ...pairs(row['role_grants'], 'roles').filter(holds).map(roleGrant)] }
      : {}),
    ...(kept.grants ? { permissions: pairs(row['grants'], 'grants').filter(holds).map(permissionGrant) } : {}),
    ...(memberships === undefined ? {} : { memberships }),
    ...(organization === null ? {} : { organization }),
  }
}

export type Belonging = Exclude<Membership, string>

/** One membership per organization, however many rows there are. */
function merged(rows: readonly (readonly unknown[])[]): readonly Belonging[] {
  const roles = new Map<string, string[]>()
  for (const [organization, stated] of rows) {
    if (typeof organization !== 'string') continue
    roles.set(organization, [...(roles.get(organization) ?? []), ...names(stated)])
  }
  return [...roles].map(([organization, stated]) => ({ organization, roles: [...new Set(stated)] }))
}

function roleGrant([role, organization]: readonly unknown[]): RoleGrant {
  return typeof organization === 'string' ? { role: String(role), organization } : String(role)
}

function permissionGrant([permission, organization]: readonly unknown[]): PermissionGrant {
  return typeof organization === 'string' ? { permission: String(permission), organization } : String(permission)
}

/** Null and empty names are skipped. */
function names(value: unknown): readonly string[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) throw new TypeError('accounts: a roles column must hold a list of names')
  const list = value.map((name) => (typeof name === 'string' ? name.trim() : name)) as unknown[]
  if (!list.every((name) => name === null || typeof name === 'string'))
    throw new TypeError('accounts: a roles column must hold a list of names')
  return list.filter((name): name is string => typeof name === 'string' && name !== '')
}

function pairs(value: unknown, what: string): readonly (readonly unknown[])[] {
  if (value === null || value === undefined) return []
  const list = JSON.parse(String(value)) as unknown
  if (!Array.isArray(list) || !list.every(Array.isArray)) throw new TypeError(`accounts: ${what} could not be read`)
  return list
}

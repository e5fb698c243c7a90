import type { FileRow } from '../../files/rows.js'
import type { ImportRowMembership, ImportRowOrganization, ImportRowPerson, UnreadableRow } from '../../ports/source.js'
import { isListed } from '../clerk/listed.js'

type Row = FileRow['value']

/**
 * A row of `users.csv`.
 * @param provider Where the package was exported from.
 */
export function personOf(row: Row, provider: string | null): object {
  const metadata = metadataOf(row['metadata'])
  const person: Record<keyof ImportRowPerson, unknown> = {
    id: row['external_id'],
    email: row['email'],
    emailVerified:
      provider === 'clerk'
        ? isListed(row['email'], (metadata as Row | null | undefined)?.['verified_email_addresses'])
        : flagOf(row['email_verified']),
    name: undefined,
    firstName: row['first_name'],
    lastName: row['last_name'],
    image: undefined,
    passwordHash: row['password_hash'],
    passwordFormat: formatOf(row['password_hash_type']),
    // Whether there is a password in plain text, not which one.
    hasPassword: textOf(row['password']) !== null || undefined,
    // What the tool writes for people who were blocked at Auth0.
    disabled: String((metadata as Row | null)?.['auth0_blocked']) === 'true',
    organization: organizationId(row),
    createdAt: undefined,
    updatedAt: undefined,
    externalIdentities: undefined,
    metadata,
  }
  return person
}

/** A row of `organizations.csv`. */
export function organizationOf(row: Row): object {
  const domains = textOf(row['domains'])
  const metadata = metadataOf(row['metadata'])
  const organization: Record<keyof ImportRowOrganization, unknown> = {
    id: organizationId(row),
    name: textOf(row['org_name']) ?? organizationId(row),
    slug: undefined,
    createdAt: undefined,
    metadata: domains === null || typeof metadata === 'string' ? metadata : { ...(metadata as object), domains },
  }
  return organization
}

/** A row of `organization_memberships.csv`: without an `external_id`, it is unknown whose it is. */
export function membershipOf({ value: row, at }: FileRow): object | UnreadableRow {
  const person = textOf(row['external_id']) ?? textOf(row['user_id'])
  const organization = organizationId(row)
  if (person === null) return { unreadable: 'no_external_id', at }
  if (organization === null) return { unreadable: 'no_organization', at }
  const membership: Record<keyof ImportRowMembership, unknown> = {
    id: undefined,
    person,
    organization,
    roles: rolesOf(row),
    createdAt: undefined,
    metadata: metadataOf(row['metadata']),
  }
  return membership
}

/** The organization that a row of `users.csv` names; null: none. */
export function rowOrganization(row: Row): { readonly id: string; readonly name: string } | null {
  const id = organizationId(row)
  return id === null ? null : { id, name: textOf(row['org_name']) ?? id }
}

/** The membership in a row of `users.csv`; null: none. */
export function rowMembership(row: Row): object | null {
  const person = textOf(row['external_id'])
  const organization = organizationId(row)
  return person === null || organization === null ? null : { person, organization, roles: rolesOf(row) }
}

function organizationId(row: Row): string | null {
  return textOf(row['org_external_id']) ?? textOf(row['org_id'])
}

function rolesOf(row: Row): readonly string[] {
  const slugs = (textOf(row['role_slugs']) ?? '').split(',').map((slug) => slug.trim())
  return slugs.filter((slug) => slug !== '')
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function flagOf(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value
}

/** Formats that a hash itself shows need no name. */
function formatOf(type: unknown): string | null {
  const name = textOf(type)?.toLowerCase() ?? null
  return name === null || ['bcrypt', 'ssha', 'ssha256', 'scrypt', 'pbkdf2', 'argon2'].includes(name) ? null : name
}

/** Anything but a JSON object is passed on unchanged, and refused. Secrets of a second factor are left out. */
function metadataOf(value: unknown): unknown {
  const written = textOf(value)
  if (written === null) return undefined
  try {
    const metadata: unknown = JSON.parse(written)
    if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return written
    return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'totp_secret'))
  } catch {
    return written
  }
}

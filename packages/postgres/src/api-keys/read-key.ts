import type { ApiKeyOwner, ApiKeyRecord, ManagedApiKey } from '@dualauth/core'
import type { Row } from '../sql/row.js'
import type { ParsedOptions } from './key-columns.js'

type Constants = Pick<ParsedOptions, 'ownerKind' | 'scopes' | 'columns'>

/** PostgreSQL has later dates than JavaScript. */
const LAST_DATE = 8_640_000_000_000_000

/** @throws {TypeError} A column holds an invalid value, so the key cannot be judged. */
export function readManaged(row: Row, constants: Constants): ManagedApiKey {
  const owner = ownerOf(row, constants)
  const revokedAt = momentOf(row, 'revoked_at')
  return {
    id: String(row['id']),
    owner,
    organization: textOf(row, 'organization') ?? (owner.kind === 'organization' ? owner.id : null),
    name: textOf(row, 'name'),
    start: textOf(row, 'start'),
    scopes: scopesOf(row, constants),
    createdAt: momentOf(row, 'created_at'),
    lastUsedAt: momentOf(row, 'last_used_at'),
    expiresAt: momentOf(row, 'expires_at'),
    rotatedAt: momentOf(row, 'rotated_at'),
    // A key with an invalid revocation time is revoked all the same.
    revokedAt: row['is_revoked'] === 'true' ? (revokedAt ?? 0) : null,
    isActive: row['is_active'] === 'true',
  }
}

/**
 * What the verifier judges.
 * @throws {TypeError}
 */
export function readRecord(row: Row, hash: string, constants: Constants): ApiKeyRecord {
  const owner = ownerOf(row, constants)
  const revokedAt = momentOf(row, 'revoked_at')
  return {
    id: String(row['id']),
    hash,
    owner,
    scopes: scopesOf(row, constants),
    organization: textOf(row, 'organization'),
    name: textOf(row, 'name'),
    createdAt: momentOf(row, 'created_at'),
    expiresAt: momentOf(row, 'expires_at'),
    remainingMs: momentOf(row, 'remaining_ms'),
    revokedAt: row['is_revoked'] === 'true' ? (revokedAt ?? 0) : null,
  }
}

function ownerOf(row: Row, { ownerKind, columns }: Constants): ApiKeyOwner {
  const kind = columns.ownerKind === undefined ? ownerKind : row['owner_kind']
  const id = textOf(row, 'owner_id')
  if (kind !== 'user' && kind !== 'service' && kind !== 'organization')
    throw new TypeError('storedApiKeys: ownerKind is neither user, service nor organization')
  // A key without an owner must not act for the empty id.
  if (id === null || id === '') throw new TypeError('storedApiKeys: ownerId is empty')
  return { kind, id }
}

/** A key whose scopes are null or unreadable may do nothing: a wrong column must not grant more. */
function scopesOf(row: Row, { scopes, columns }: Constants): readonly string[] {
  if (columns.scopes === undefined) return scopes
  const text = textOf(row, 'scopes')
  if (text === null) return []
  if (!text.startsWith('[')) return text.split(/[\s,]+/).filter((scope) => scope !== '' && !/[{}"]/.test(scope))
  const parsed: unknown = JSON.parse(text)
  return Array.isArray(parsed) ? parsed.filter((scope) => typeof scope === 'string') : []
}

function textOf(row: Row, name: string): string | null {
  const value = row[name]
  return value === null || value === undefined ? null : String(value)
}

function momentOf(row: Row, name: string): number | null {
  const text = textOf(row, name)
  return text === null ? null : Math.max(-LAST_DATE, Math.min(LAST_DATE, Number(text)))
}

import { toBoolean, toMilliseconds, type DateInput } from '../../../sql/column-values.js'
import type { Query, Row, TableNames } from '../../../sql/names.js'

/** An API key as the plugin stores it. */
export interface KeyRow {
  readonly id: string | number
  /** Null if the owner was deleted. */
  readonly ownerId: string | null
  readonly configId: string
  readonly name: string | null
  readonly enabled: boolean
  readonly scopes: readonly string[] | null
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null
  readonly limits: Limits
}

/** The usage limits of a key. Dates keep the database's spelling, for comparing and writing. */
export interface Limits {
  readonly remaining: number | null
  readonly refillAmount: number | null
  /** Milliseconds. */
  readonly refillInterval: number | null
  readonly lastRefillAt: DateInput | null
  readonly rateLimited: boolean
  readonly max: number | null
  /** Milliseconds. */
  readonly window: number | null
  readonly requestCount: number
  readonly lastRequest: DateInput | null
  readonly createdAt: DateInput
}

/** Up to 1.4, keys belong to a `userId`; from 1.5 on, to a `referenceId` and a `configId`. */
export const KEY_FIELDS = [
  'id',
  'key',
  'name',
  'enabled',
  'permissions',
  'expiresAt',
  'createdAt',
  'updatedAt',
  'remaining',
  'refillAmount',
  'refillInterval',
  'lastRefillAt',
  'rateLimitEnabled',
  'rateLimitMax',
  'rateLimitTimeWindow',
  'requestCount',
  'lastRequest',
  'userId',
  'referenceId',
  'configId',
] as const
export type KeyNames = TableNames<(typeof KEY_FIELDS)[number]>

const DATES: ReadonlySet<string> = /* @__PURE__ */ new Set(['expiresAt', 'createdAt', 'lastRefillAt', 'lastRequest'])

/** A key and its row, which includes the owner if both were read together. */
export interface FoundKey {
  readonly key: KeyRow
  readonly row: Row
}

/** How a key's owner is read together with it. */
export interface OwnerJoin {
  readonly table: string
  /** The column that a key refers to. */
  readonly id: string
  /** Selected columns of the owner's table, with the alias `o`. */
  readonly selected: string
}

export interface FindKey {
  /** Null if the key is unknown. */
  alone(hash: string): Promise<FoundKey | null>
  /** The same with its owner in one statement, if the database can compare the types of their ids. */
  withOwner(hash: string): Promise<FoundKey | null>
}

/** Finds a key by the hash of the whole key. */
export function findKeys(
  query: Query,
  { table, columns }: KeyNames,
  owner: 'userId' | 'referenceId',
  join: OwnerJoin,
): FindKey {
  // The columns of the other version do not exist.
  const absent = owner === 'userId' ? ['referenceId', 'configId'] : ['userId']
  const fields = KEY_FIELDS.filter((field) => field !== 'key' && field !== 'updatedAt' && !absent.includes(field))
  const selected = fields.map((field) => {
    const column = DATES.has(field) ? `CAST(k.${columns[field]} AS text)` : `k.${columns[field]}`
    return `${column} AS dualauth_${field.toLowerCase()}`
  })
  const where = `WHERE k.${columns.key} = $1`
  const alone = `SELECT ${selected.join(', ')} FROM ${table} k ${where}`
  const withOwner =
    `SELECT ${join.selected}, ${selected.join(', ')} FROM ${table} k ` +
    `LEFT JOIN ${join.table} o ON o.${join.id} = k.${columns[owner]} ${where}`
  const run = async (sql: string, hash: string): Promise<FoundKey | null> => {
    const [row] = await query(sql, [hash])
    return row === undefined ? null : { key: readRow(row, owner), row }
  }
  return { alone: (hash) => run(alone, hash), withOwner: (hash) => run(withOwner, hash) }
}

function readRow(row: Row, owner: 'userId' | 'referenceId'): KeyRow {
  const read = (field: string): unknown => row[`dualauth_${field.toLowerCase()}`] ?? null
  const count = (field: string) => (read(field) === null ? null : Number(read(field)))
  const date = (field: string) => read(field) as DateInput | null
  return {
    id: read('id') as string | number,
    ownerId: read(owner) === null ? null : String(read(owner)),
    configId: (read('configId') as string | null) ?? 'default',
    name: read('name') as string | null,
    // The plugin refuses only `false`; a key without the flag is enabled.
    enabled: read('enabled') === null || toBoolean(read('enabled') as boolean),
    scopes: scopesOf(read('permissions')),
    expiresAt: endOf(date('expiresAt')),
    limits: {
      remaining: count('remaining'),
      refillAmount: count('refillAmount'),
      refillInterval: count('refillInterval'),
      lastRefillAt: date('lastRefillAt'),
      rateLimited: read('rateLimitEnabled') === null || toBoolean(read('rateLimitEnabled') as boolean),
      max: count('rateLimitMax'),
      window: count('rateLimitTimeWindow'),
      requestCount: count('requestCount') ?? 0,
      lastRequest: date('lastRequest'),
      createdAt: date('createdAt') as DateInput,
    },
  }
}

function endOf(value: DateInput | null): number | null {
  if (value === null) return null
  const end = toMilliseconds(value)
  if (end === null) throw new Error('apikey: expiresAt is no date')
  return end
}

/**
 * `{"files":["read"]}` becomes `files:read`. A name that would read as a wildcard or as two names grants nothing,
 * because Better Auth takes it literally. Null if the key has no permissions at all.
 */
function scopesOf(permissions: unknown): readonly string[] | null {
  if (permissions === null || permissions === '') return null
  const parsed = parseTwice(permissions)
  if (parsed === null) return null
  if (typeof parsed !== 'object' || Array.isArray(parsed)) return []
  const pairs = Object.entries(parsed as Record<string, unknown>).flatMap(([resource, actions]) =>
    Array.isArray(actions) ? actions.map((action: unknown) => [resource, action] as const) : [],
  )
  return pairs.flatMap(([resource, action]) =>
    NAME.test(resource) && typeof action === 'string' && NAME.test(action) ? [`${resource}:${action}`] : [],
  )
}

const NAME = /^[\w.-]+$/

/** Old versions stored JSON inside JSON. */
function parseTwice(value: unknown): unknown {
  try {
    const once: unknown = typeof value === 'string' ? JSON.parse(value) : value
    return typeof once === 'string' ? JSON.parse(once) : once
  } catch {
    return {}
  }
}

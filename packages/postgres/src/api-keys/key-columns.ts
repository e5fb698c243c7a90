import { isObject, object, optionError, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { assertName } from '../sql/quote.js'

/** Columns of the application's own table of keys, by name. What is left out is not there. */
export interface ApiKeyColumns {
  /** Text, `uuid` or a whole number. Without a default in the database, it is made here: `key_…`, or a UUID. */
  readonly id: string
  /** Of the key as the option `hash` says; with a unique index. */
  readonly hash: string
  readonly ownerId: string
  /** When the key was revoked; null while it was not. */
  readonly revokedAt: string
  /** `user`, `service` or `organization`. */
  readonly ownerKind?: string
  readonly organization?: string
  readonly name?: string
  /** The first characters of the key, for lists; often called `prefix`. */
  readonly start?: string
  /** A list of text, JSON, or text with a space between two scopes. */
  readonly scopes?: string
  readonly createdBy?: string
  readonly createdAt?: string
  readonly lastUsedAt?: string
  /** Rotation needs it. */
  readonly expiresAt?: string
}

/** What `storedApiKeys` takes. */
export interface StoredApiKeysOptions {
  /** The application's own table, such as `api_keys` or `auth.api_keys`; needs `columns`. Default: `dualauth.api_key`. */
  readonly table?: string
  /** Of that table. */
  readonly columns?: ApiKeyColumns
  /**
   * What is stored of a key: its SHA-256 in one of three spellings, or what a function makes of the whole key, such as
   * HMAC with a secret. Salted hashes (bcrypt) cannot be looked up. Default `base64url`.
   */
  readonly hash?: 'base64url' | 'base64' | 'hex' | ((key: string) => string | Promise<string>)
  /** Whose all keys are, in a table without `ownerKind`. Default `user`. */
  readonly ownerKind?: 'user' | 'service' | 'organization'
  /** What all keys may do at most, in a table without `scopes`. Default `['*']`: whatever their owner may. */
  readonly scopes?: readonly string[]
  /** Whether the use of a key is written down, at most once a minute, in the statement that looks it up. Default true. */
  readonly writeLastUse?: boolean
}

export type Field = keyof ApiKeyColumns

export const FIELDS: readonly Field[] = [
  'id',
  'hash',
  'ownerId',
  'revokedAt',
  'ownerKind',
  'organization',
  'name',
  'start',
  'scopes',
  'createdBy',
  'createdAt',
  'lastUsedAt',
  'expiresAt',
]

const OWN_TABLE = 'dualauth.api_key'

const OWN_COLUMNS: Required<ApiKeyColumns> = {
  id: 'id',
  hash: 'hash',
  ownerId: 'owner_id',
  revokedAt: 'revoked_at',
  ownerKind: 'owner_kind',
  organization: 'organization',
  name: 'name',
  start: 'start',
  scopes: 'scopes',
  createdBy: 'created_by',
  createdAt: 'created_at',
  lastUsedAt: 'last_used_at',
  expiresAt: 'expires_at',
}

const column = z.exactOptional(text)
const schema = object({
  table: z.exactOptional(text),
  columns: z.exactOptional(
    object({
      id: text,
      hash: text,
      ownerId: text,
      revokedAt: text,
      ownerKind: column,
      organization: column,
      name: column,
      start: column,
      scopes: column,
      createdBy: column,
      createdAt: column,
      lastUsedAt: column,
      expiresAt: column,
    }),
  ),
  hash: z._default(
    z.union(
      [
        z.enum(['base64url', 'base64', 'hex']),
        z.custom<(key: string) => string | Promise<string>>((value) => typeof value === 'function'),
      ],
      "'base64url', 'base64', 'hex' or a function of the key",
    ),
    'base64url',
  ),
  ownerKind: z._default(z.enum(['user', 'service', 'organization']), 'user'),
  scopes: z._default(z.array(text), ['*']),
  writeLastUse: z._default(z.boolean(), true),
})

/** With the defaults filled in. */
export interface ParsedOptions extends Required<Pick<StoredApiKeysOptions, 'hash' | 'ownerKind' | 'scopes'>> {
  readonly table: string
  readonly columns: ApiKeyColumns
  readonly isOwn: boolean
  readonly writeLastUse: boolean
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseStoredApiKeysOptions(options: unknown): ParsedOptions {
  const { table, columns, ...rest } = parseOptions(schema, options, 'storedApiKeys')
  if ((table === undefined) !== (columns === undefined))
    throw optionError('storedApiKeys.columns', 'belongs to table: give both, or none for the table of dualauth')
  if (isObject(columns))
    for (const [field, name] of Object.entries(columns)) assertColumn(name, `storedApiKeys.columns.${field}`)
  if (table !== undefined) assertName(table, 'storedApiKeys.table')
  return {
    ...rest,
    table: table ?? OWN_TABLE,
    columns: (columns as ApiKeyColumns | undefined) ?? OWN_COLUMNS,
    isOwn: table === undefined,
  }
}

/** A column has no schema in front: a dot is part of its name. */
function assertColumn(name: string, option: string): void {
  assertName(name.replaceAll('.', '_'), option)
}

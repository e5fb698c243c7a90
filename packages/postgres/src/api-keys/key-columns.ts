import type { RegisteredGrant } from '@dualauth/core'
import {
  grantOf,
  isObject,
  object,
  optionError,
  parseOptions,
  spelled,
  spelling,
  text,
  type Spelling,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { assertName } from '../sql/quote.js'

/** Columns of the application's own key table, by name. A column that is left out does not exist. */
export interface ApiKeyColumns {
  /** Text, `uuid` or a whole number. Without a default in the database, it is made here: `key_…`, or a UUID. */
  readonly id: string
  /** The key's hash, in the form that the option `hash` gives; with a unique index. */
  readonly hash: string
  readonly ownerId: string
  /** When the key was revoked; null if it was not. */
  readonly revokedAt: string
  /** `user`, `service` or `organization`. */
  readonly ownerKind?: string
  readonly organization?: string
  readonly name?: string
  /** The first characters of the key, for lists; often called `prefix`. */
  readonly start?: string
  /** An array of text, JSON, or text with a space between scopes. */
  readonly scopes?: string
  readonly createdBy?: string
  readonly createdAt?: string
  readonly lastUsedAt?: string
  /** Required for rotation. */
  readonly expiresAt?: string
}

/**
 * Columns spelled like their fields: `id`, `ownerId`, `hash`, `revokedAt`, `name`, `start`, `createdAt`, `lastUsedAt`
 * and `expiresAt`, all of which must exist. A name here means another column, null none. `scopes`, `ownerKind`,
 * `organization` and `createdBy` exist only if they are named. If the table has one of them, it must be named or set to
 * null, so that it is not left out by mistake.
 */
export type SpelledColumns = { readonly spelling: Spelling } & {
  readonly [field in Field]?: string | (undefined extends ApiKeyColumns[field] ? null : never)
}

/** The options of `storedApiKeys`. */
export interface StoredApiKeysOptions {
  /** The application's own table, such as `api_keys` or `auth.api_keys`; needs `columns`. Default: `dualauth.api_key`. */
  readonly table?: string
  /**
   * The columns of that table: one by one, or by their spelling, with those that differ:
   * `{ spelling: 'snake_case', hash: 'key_hash' }`.
   */
  readonly columns?: ApiKeyColumns | Spelling | SpelledColumns
  /**
   * The stored hash of a key: its SHA-256 in one of three encodings, or the result of a function of the whole key, such
   * as HMAC with a secret. Salted hashes (bcrypt) cannot be looked up. Default `base64url`.
   */
  readonly hash?: 'base64url' | 'base64' | 'hex' | ((key: string) => string | Promise<string>)
  /** The owner kind of all keys in a table without `ownerKind`. Default `user`. */
  readonly ownerKind?: 'user' | 'service' | 'organization'
  /**
   * False if `ownerId` holds a provider's ids instead of the application's own: `accounts` then finds owners only by
   * their links. Default true.
   */
  readonly ownIds?: boolean
  /** The scopes of all keys in a table without `scopes`. Default `['*']`: all permissions of their owner. */
  readonly scopes?: readonly RegisteredGrant[]
  /** Whether to record a key's use, at most once a minute, in the statement that looks it up. Default true. */
  readonly writeLastUse?: boolean
}

export type Field = keyof ApiKeyColumns

/** In nearly every key table. */
const USUAL: readonly Field[] = [
  'id',
  'hash',
  'ownerId',
  'revokedAt',
  'name',
  'start',
  'createdAt',
  'lastUsedAt',
  'expiresAt',
]
/** Without these columns, all keys are alike. */
const TELLING: readonly Field[] = ['ownerKind', 'organization', 'scopes', 'createdBy']

export const FIELDS: readonly Field[] = [...USUAL, ...TELLING]

const OWN_TABLE = 'dualauth.api_key'

const column = z.exactOptional(text)
const eachColumn = object({
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
})
const other = z.exactOptional(z.nullable(text))
const spelledColumns = object({
  spelling,
  id: column,
  hash: column,
  ownerId: column,
  revokedAt: column,
  ownerKind: other,
  organization: other,
  name: other,
  start: other,
  scopes: other,
  createdBy: other,
  createdAt: other,
  lastUsedAt: other,
  expiresAt: other,
})
const schema = object({
  table: z.exactOptional(text),
  columns: z.exactOptional(
    z.union([spelling, z.custom<object>(isObject)], "'camelCase', 'snake_case', or the name of each column"),
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
  ownIds: z._default(z.boolean(), true),
  scopes: z._default(z.array(grantOf<RegisteredGrant>()), ['*']),
  writeLastUse: z._default(z.boolean(), true),
})

/** With the defaults filled in. */
export interface ParsedOptions extends Required<
  Pick<StoredApiKeysOptions, 'hash' | 'ownerKind' | 'ownIds' | 'scopes'>
> {
  readonly table: string
  readonly columns: ApiKeyColumns
  /** Columns that would narrow a key but that no option mentions: the table must not have them. */
  readonly undecided: ReadonlyMap<string, Field>
  readonly isOwn: boolean
  readonly writeLastUse: boolean
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseStoredApiKeysOptions(options: unknown): ParsedOptions {
  const { table, columns, ...rest } = parseOptions(schema, options, 'storedApiKeys')
  if ((table === undefined) !== (columns === undefined))
    throw optionError('storedApiKeys.columns', 'goes with table: give both, or neither for dualauth.api_key')
  const named = columnsOf(columns)
  for (const [field, name] of Object.entries(named.columns)) assertColumn(name, `storedApiKeys.columns.${field}`)
  if (table !== undefined) assertName(table, 'storedApiKeys.table')
  return { ...rest, ...named, table: table ?? OWN_TABLE, isOwn: table === undefined }
}

function columnsOf(columns: Spelling | object | undefined): Pick<ParsedOptions, 'columns' | 'undecided'> {
  // Our own table.
  if (columns === undefined) return { columns: spelledBy(FIELDS, 'snake_case') as ApiKeyColumns, undecided: new Map() }
  if (typeof columns === 'string') return columnsOf({ spelling: columns })
  const path = 'storedApiKeys.columns'
  if (!('spelling' in columns))
    return { columns: parseOptions(eachColumn, columns, path) as ApiKeyColumns, undecided: new Map() }
  const { spelling, ...stated } = parseOptions(spelledColumns, columns, path)
  const named = Object.entries({ ...spelledBy(USUAL, spelling), ...stated }).filter(([, name]) => name !== null)
  const open = TELLING.filter((field) => stated[field] === undefined)
  return {
    columns: Object.fromEntries(named) as unknown as ApiKeyColumns,
    undecided: new Map(
      open.flatMap((field) => [field, `${field}Id`].map((name) => [spelled(name, spelling), field] as const)),
    ),
  }
}

function spelledBy(fields: readonly Field[], spelling: Spelling): Readonly<Partial<Record<Field, string>>> {
  return Object.fromEntries(fields.map((field) => [field, spelled(field, spelling)]))
}

/** A column has no schema in front: a dot is part of its name. */
function assertColumn(name: string, option: string): void {
  assertName(name.replaceAll('.', '_'), option)
}

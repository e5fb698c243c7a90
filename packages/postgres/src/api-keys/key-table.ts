import { optionError } from '@dualauth/core/settings'
import type { Query } from '@dualauth/core'
import { describeTables, type Column, type Columns } from '../sql/describe-tables.js'
import { isIdType } from '../sql/id-column.js'
import { quoteLiteral, quoteName, quoteTable } from '../sql/quote.js'
import { FIELDS, type ApiKeyColumns, type Field, type ParsedOptions } from './key-columns.js'

/** An existing column, ready for statements. */
export interface KeyColumn {
  /** Quoted. */
  readonly name: string
  readonly type: string
  /** As in `Column`. */
  readonly operators: string
}

/** The key table as the catalog describes it. */
export interface KeyTable {
  /** Quoted. */
  readonly name: string
  /** As a literal: the table that a rotation was in. */
  readonly source: string
  readonly columns: Readonly<Record<'id' | 'hash' | 'ownerId' | 'revokedAt', KeyColumn>> &
    Readonly<Partial<Record<Field, KeyColumn>>>
  /** In the schema `dualauth`. */
  readonly isOwn: boolean
  /** The database makes ids with a default. */
  readonly makesIds: boolean
}

const MOMENTS: readonly Field[] = ['revokedAt', 'createdAt', 'lastUsedAt', 'expiresAt']
const IDS: readonly Field[] = ['id', 'ownerId', 'organization', 'createdBy']
const TEXTS: readonly Field[] = ['hash', 'name', 'start', 'ownerKind']
const TEXT_TYPES: readonly string[] = ['text', 'character varying', 'bpchar', 'citext']
const TIME_TYPES: readonly string[] = ['timestamp with time zone', 'timestamp without time zone']

/** Tables that the schema `dualauth` must have besides the key table. */
const BESIDE: readonly string[] = ['dualauth.api_key_rotation', 'dualauth.api_key_owner', 'dualauth.audit']

/** Our own key table, whose columns the schema files define. */
export function ownKeyTable({ table, columns }: ParsedOptions): KeyTable {
  const typeOf = (field: Field): string =>
    MOMENTS.includes(field) ? 'timestamp with time zone' : field === 'scopes' ? 'text[]' : 'text'
  const described = (field: Field) => ({ type: typeOf(field), operators: 'pg_catalog' })
  return { ...tableOf(table, columns, described, false), isOwn: true }
}

/**
 * The application's key table, as it is now. One statement.
 * @throws {AuthError} `configuration_invalid`: a table or column is missing, or has a type that cannot hold its field.
 */
export async function describeKeyTable(query: Query, { table, columns, undecided }: ParsedOptions): Promise<KeyTable> {
  const found = (await describeTables(query, [quoteTable(table)])).get(quoteTable(table))
  if (found === undefined) throw optionError('storedApiKeys.table', `there is no table ${table}, or it may not be read`)
  const missing = FIELDS.filter((field) => columns[field] !== undefined && !found.has(columns[field]))
  if (missing.length > 0)
    throw optionError(
      'storedApiKeys.columns',
      `${table} has no column ${missing.map((field) => `${columns[field]} (${field})`).join(', ')}; it has ${[...found.keys()].join(', ')}`,
    )
  const named = Object.values(columns) as readonly string[]
  for (const [name, field] of undecided)
    if (found.has(name) && !named.includes(name))
      throw optionError(
        `storedApiKeys.columns.${field}`,
        `${table} has a column ${name}: give its name, or null if no key is to be judged by it`,
      )
  for (const field of FIELDS) {
    const column = columns[field] === undefined ? undefined : found.get(columns[field])
    if (column !== undefined && !mayHold(field, column))
      throw optionError(`storedApiKeys.columns.${field}`, `must not be of type ${column.type}`)
  }
  const id = found.get(columns.id) as Column
  const makesIds = id.isIdentity || id.default !== null
  if (!makesIds && !TEXT_TYPES.includes(id.type) && id.type !== 'uuid')
    throw optionError('storedApiKeys.columns.id', `must have a default in the database, being of type ${id.type}`)
  return tableOf(table, columns, (_, name) => found.get(name) as Column, makesIds)
}

/**
 * Checks for everything that an operation needs. One statement.
 * @throws {AuthError} `configuration_invalid`, naming what is missing.
 */
export async function assertKeyTables(query: Query, { table, columns, isOwn }: ParsedOptions): Promise<void> {
  const wanted = isOwn ? [table, ...BESIDE] : BESIDE
  const found = await describeTables(query, wanted)
  const missing = wanted.filter((name) => !found.has(name))
  if (missing.length > 0)
    throw optionError(
      'storedApiKeys',
      `there is no table ${missing.join(', ')}; call installSchema(query), or run \`dualauth schema --apply\``,
    )
  const own = found.get(table) as Columns | undefined
  const lost = isOwn ? Object.values(columns).filter((name) => own?.has(name as string) !== true) : []
  if (lost.length > 0) throw optionError('storedApiKeys', `${table} has no column ${lost.join(', ')}`)
}

function mayHold(field: Field, { type, isArray }: Column): boolean {
  if (MOMENTS.includes(field)) return TIME_TYPES.includes(type)
  if (IDS.includes(field)) return isIdType(type)
  if (TEXTS.includes(field)) return TEXT_TYPES.includes(type) || (field === 'ownerKind' && !isArray)
  return isArray || ['json', 'jsonb', ...TEXT_TYPES].includes(type)
}

function tableOf(
  table: string,
  columns: ApiKeyColumns,
  described: (field: Field, name: string) => Pick<KeyColumn, 'type' | 'operators'>,
  makesIds: boolean,
): KeyTable {
  const there = FIELDS.flatMap((field) => {
    const name = columns[field]
    if (name === undefined) return []
    const { type, operators } = described(field, name)
    return [[field, { name: quoteName(name), type, operators }] as const]
  })
  return {
    name: quoteTable(table),
    source: quoteLiteral(table),
    columns: Object.fromEntries(there) as unknown as KeyTable['columns'],
    isOwn: false,
    makesIds,
  }
}

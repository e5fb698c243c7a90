import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { quoteTable } from '@dualauth/postgres'
import { snakeCased } from '../../rows/parse.js'
import { readColumns, type Column } from '../../sql/columns.js'

/** A model of Better Auth as it is in the database. */
export interface Model {
  /** Quoted. */
  readonly table: string
  /** The column of each existing field. */
  readonly columns: Readonly<Record<string, Column>>
  /** Columns by their own names, for further values. */
  readonly byName: ReadonlyMap<string, Column>
}

export type { Column }

/** Models of Better Auth that an import knows. */
export type ModelName = 'user' | 'account' | 'session' | 'organization' | 'member' | 'legacyMove'

/** Fields that the import writes or reads; those in the first list are required. */
const FIELDS: Readonly<Record<ModelName, readonly [required: readonly string[], optional: readonly string[]]>> = {
  user: [
    ['id', 'email', 'emailVerified', 'name', 'createdAt', 'updatedAt'],
    ['image', 'banned', 'banReason'],
  ],
  account: [['id', 'accountId', 'providerId', 'userId', 'password', 'createdAt', 'updatedAt'], []],
  session: [['userId'], []],
  organization: [['id', 'name', 'slug', 'createdAt'], ['metadata']],
  member: [['id', 'organizationId', 'userId', 'role', 'createdAt'], []],
  legacyMove: [['id', 'key', 'movedAt'], []],
}

/** How the application has renamed its models and fields, like Better Auth's `modelName` and `fields`. */
export interface Naming {
  readonly tables: Readonly<Partial<Record<ModelName, string>>>
  readonly columns: Readonly<Partial<Record<ModelName, Readonly<Record<string, string>>>>>
}

/**
 * Finds the tables and columns of Better Auth: as renamed, else as Better Auth names them (`emailVerified`), or as
 * Drizzle does (`email_verified`).
 *
 * @throws {AuthError} `configuration_invalid`: a table or a column is missing.
 */
export async function readModels(
  query: Query,
  { tables, columns }: Naming,
  wanted: readonly ModelName[],
): Promise<Readonly<Record<ModelName, Model | null>>> {
  const models: Record<ModelName, Model | null> = {
    user: null,
    account: null,
    session: null,
    organization: null,
    member: null,
    legacyMove: null,
  }
  for (const name of wanted) {
    const { table, found } = await readTable(
      query,
      tables[name] === undefined ? [name, snakeCased(name)] : [tables[name]],
    )
    if (found.size === 0) {
      if (OF_PLUGINS.includes(name)) continue
      throw optionError(`tables.${name}`, `there is no table ${table}, or the connection's role may not see it`)
    }
    models[name] = modelOf(name, table, found, columns[name] ?? {})
  }
  return models
}

const OF_PLUGINS: readonly ModelName[] = ['organization', 'member', 'legacyMove']

/** The first one that exists, else the first. */
async function readTable(
  query: Query,
  names: readonly string[],
): Promise<{ readonly table: string; readonly found: ReadonlyMap<string, Column> }> {
  const tables = [...new Set(names)].map(quoteTable)
  for (const table of tables) {
    const found = await readColumns(query, table)
    if (found.size > 0) return { table, found }
  }
  return { table: tables[0]!, found: new Map() }
}

function modelOf(
  name: ModelName,
  table: string,
  byName: ReadonlyMap<string, Column>,
  renamed: Readonly<Record<string, string>>,
): Model {
  const [required, optional] = FIELDS[name]
  const columns: Record<string, Column> = {}
  for (const field of [...required, ...optional]) {
    const own = renamed[field]
    const names = own === undefined ? [field, snakeCased(field), field.toLowerCase()] : [own]
    const column = names.map((one) => byName.get(one)).find((one) => one !== undefined)
    if (column !== undefined) columns[field] = column
    else if (required.includes(field) || own !== undefined)
      throw optionError(`columns.${name}.${field}`, `${table} has no column ${names.join(' or ')}`)
  }
  return { table, columns, byName }
}

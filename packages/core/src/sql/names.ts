import { matching } from '../settings/leaves.js'
import { parseOptions } from '../settings/options.js'
import { leaf, object, optional, record, unjudged, type Schema } from '../settings/schema.js'

/** Runs one statement with `$1…$n` placeholders and returns its rows as objects. */
export type Query = (sql: string, params: readonly unknown[]) => Promise<readonly Row[]>

export type Row = Readonly<Record<string, unknown>>

/** From Better Auth's field to the column, for those that differ. */
type ColumnMap = Readonly<Record<string, string>>

/**
 * Column names: `camelCase` (Kysely, Prisma; the default), `snake_case` (Drizzle's generator), or
 * for each table a map of those that differ.
 */
export type Columns<Table extends string> = 'camelCase' | 'snake_case' | { readonly [table in Table]?: ColumnMap }

const identifier = matching(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/, 'an SQL identifier')
const columnCase = leaf<string>(
  (value) => value === 'camelCase' || value === 'snake_case',
  "'camelCase', 'snake_case' or, for each table, { field: column }",
)

/** `tables` of an option, for the tables that are looked at; `columns` has two forms and is judged by `parseColumns`. */
export function namesSchema<const Table extends string>(
  tables: readonly Table[],
): {
  tables: Schema<{ [table in Table]?: string } | undefined>
  columns: Schema<Columns<Table> | undefined>
} {
  return { tables: optional(forEach(tables, identifier)) as never, columns: optional(unjudged()) as never }
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseColumns<Table extends string>(
  columns: Columns<Table> | undefined,
  tables: readonly Table[],
  path: string,
): Columns<Table> | undefined {
  const schema = typeof columns === 'object' ? forEach(tables, record(identifier)) : columnCase
  return parseOptions(optional(schema as Schema), columns, path) as typeof columns
}

function forEach(tables: readonly string[], schema: Schema): Schema {
  return object(Object.fromEntries(tables.map((table) => [table, optional(schema)])))
}

/** The quoted table and columns of one table; `plain` are columns as rows name them. */
export interface TableNames<Field extends string> {
  readonly table: string
  readonly columns: Readonly<Record<Field, string>>
  readonly plain: Readonly<Record<Field, string>>
}

export function namesOf<const Field extends string, Table extends string>(
  name: Table,
  fields: readonly Field[],
  tables: { readonly [table in Table]?: string } | undefined,
  columns: Columns<Table> | undefined,
): TableNames<Field> {
  const map = typeof columns === 'object' && Object.hasOwn(columns, name) ? columns[name] : undefined
  const column = (field: string) =>
    columns === 'snake_case' ? snakeCase(field) : map !== undefined && Object.hasOwn(map, field) ? map[field]! : field
  const plain = fields.map((field) => [field, column(field)] as const)
  return {
    table: quote(tables?.[name] ?? name),
    columns: Object.fromEntries(plain.map(([field, text]) => [field, quote(text)])) as Record<Field, string>,
    plain: Object.fromEntries(plain) as Record<Field, string>,
  }
}

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A schema may stand in front of a table. */
function quote(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}

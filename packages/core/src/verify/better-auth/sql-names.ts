import { isObject, matching } from '../../errors/leaves.js'
import { leaf, object, optional, type Schema } from '../../errors/schema.js'

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

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/

/** `tables` and `columns` of an option, for the tables that are looked at. */
export function namesSchema<const Table extends string>(
  tables: readonly Table[],
): {
  tables: Schema<{ [table in Table]?: string } | undefined>
  columns: Schema<Columns<Table> | undefined>
} {
  const table = optional(matching(IDENTIFIER, 'an SQL identifier'))
  return {
    tables: optional(object(Object.fromEntries(tables.map((name) => [name, table])))) as never,
    columns: optional(
      leaf(
        (value) => value === 'camelCase' || value === 'snake_case' || isColumns(value, tables),
        `'camelCase', 'snake_case' or maps of fields to SQL identifiers, for ${tables.join(', ')}`,
      ),
    ) as never,
  }
}

function isColumns(value: unknown, tables: readonly string[]): boolean {
  return isObject(value) && Object.entries(value).every(([name, map]) => tables.includes(name) && isColumnMap(map))
}

function isColumnMap(map: unknown): boolean {
  if (map === undefined) return true
  return isObject(map) && Object.values(map).every((name) => typeof name === 'string' && IDENTIFIER.test(name))
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

import * as z from 'zod/mini'
import { object } from '../settings/schemas.js'
import { spelled, spelling, type Spelling } from '../settings/spelling.js'

/** Runs one statement with `$1…$n` placeholders and returns its rows as objects. */
export type Query = (sql: string, params: readonly unknown[]) => Promise<readonly Row[]>

export type Row = Readonly<Record<string, unknown>>

/** From Better Auth's field to the column, for names that differ. */
type ColumnMap = Readonly<Record<string, string>>

/**
 * Column names: `camelCase` (Kysely, Prisma; the default), `snake_case` (Drizzle's generator), or a map per table of
 * the names that differ.
 */
export type Columns<Table extends string> = Spelling | { readonly [table in Table]?: ColumnMap }

export const identifier: z.ZodMiniType<string> = z
  .string('an SQL identifier')
  .check(z.regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/))

/** The options `tables` and `columns`, for the tables that are read. */
export function namesSchema<const Table extends string>(
  tables: readonly Table[],
): {
  tables: z.ZodMiniExactOptional<z.ZodMiniType<{ [table in Table]?: string }>>
  columns: z.ZodMiniExactOptional<z.ZodMiniType<Columns<Table>>>
} {
  const columns = z.union(
    [spelling, forEach(tables, z.record(z.string(), identifier))],
    "'camelCase', 'snake_case' or, for each table, { field: column }",
  )
  return { tables: z.exactOptional(forEach(tables, identifier)), columns: z.exactOptional(columns) }
}

function forEach<Table extends string, T>(
  tables: readonly Table[],
  schema: z.ZodMiniType<T>,
): z.ZodMiniType<{ [table in Table]?: T }> {
  const shape = Object.fromEntries(tables.map((table) => [table, z.exactOptional(schema)]))
  const known: z.ZodMiniType<unknown> = object(shape)
  return known as z.ZodMiniType<{ [table in Table]?: T }>
}

/** The quoted names of a table and its columns; `plain`: column names as in rows. */
export interface TableNames<Field extends string> {
  readonly table: string
  /** The table without quotes. */
  readonly name: string
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
    typeof columns === 'string'
      ? spelled(field, columns)
      : map !== undefined && Object.hasOwn(map, field)
        ? map[field]!
        : field
  const plain = fields.map((field) => [field, column(field)] as const)
  return {
    table: quote(tables?.[name] ?? name),
    name: tables?.[name] ?? name,
    columns: Object.fromEntries(plain.map(([field, text]) => [field, quote(text)])) as Record<Field, string>,
    plain: Object.fromEntries(plain) as Record<Field, string>,
  }
}

/** Quotes a name; a table may include a schema. */
export function quote(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}

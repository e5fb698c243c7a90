import * as z from 'zod/mini'

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

const identifier = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/))

/** `tables` and `columns` of an option, for the tables that are looked at. */
export function namesSchema<const Table extends string>(
  tables: readonly Table[],
): {
  tables: z.ZodMiniType<{ [table in Table]?: string } | undefined>
  columns: z.ZodMiniType<Columns<Table> | undefined>
} {
  const each = (schema: z.ZodMiniType) => z.optional(z.strictObject(Object.fromEntries(tables.map((t) => [t, schema]))))
  const map = each(z.optional(z.record(z.string(), identifier)))
  return {
    tables: each(z.optional(identifier)) as never,
    columns: z.optional(z.union([z.enum(['camelCase', 'snake_case']), map])) as never,
  }
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
  const map = typeof columns === 'object' ? columns[name] : undefined
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

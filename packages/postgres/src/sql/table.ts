import { optionError } from '@dualauth/core/settings'
import { quoteLiteral, quoteName, quoteTable } from './quote.js'
import type { Column, Columns } from './describe-tables.js'
import { isIdType } from './id-column.js'

/** A table that exists, with its columns by name. */
export interface Table {
  /** Quoted, for FROM. */
  readonly from: string
  /**
   * The column as the catalog describes it.
   * @throws {AuthError} `configuration_invalid`: no such column, by option.
   */
  column(name: string, option: string): Column
  /** The same for an id column. */
  idColumn(name: string, option: string): Column
  /** Names of the columns that every insert must fill. */
  readonly demanded: readonly string[]
}

/** @throws {AuthError} `configuration_invalid`: no such table. */
export function tableOf(name: string, tables: ReadonlyMap<string, Columns>, option: string): Table {
  const columns = tables.get(quoteTable(name))
  if (columns === undefined)
    throw optionError(option, `there is no table ${quoteTable(name)}, or the connection's role may not see it`)
  const column = (wanted: string, of: string): Column => {
    const found = columns.get(wanted)
    if (found !== undefined) return found
    throw optionError(
      of,
      `${quoteTable(name)} has no column ${quoteName(wanted)}; it has ${[...columns.keys()].join(', ')}`,
    )
  }
  return {
    from: quoteTable(name),
    column,
    demanded: [...columns].filter(([, { isDemanded }]) => isDemanded).map(([name]) => name),
    idColumn(wanted, of) {
      const found = column(wanted, of)
      if (!isIdType(found.type))
        throw optionError(of, `an id column is a uuid, text or a whole number, not ${found.type}`)
      return found
    },
  }
}

/** What decides whether a row counts, as SQL over an alias. */
export interface CountingColumns {
  readonly active?: string
  readonly deactivated?: string | readonly string[]
  readonly status?: { readonly column: string; readonly active: readonly string[] }
}

export function countsSql(alias: string, table: Table, counting: CountingColumns, option: string): string {
  const { active, deactivated = [], status } = counting
  const conditions: string[] = []
  if (active !== undefined) {
    const { type } = table.column(active, `${option}.active`)
    const column = `${alias}.${quoteName(active)}`
    if (type !== 'boolean')
      throw optionError(`${option}.active`, `must be a column of booleans, not ${type}; see status`)
    conditions.push(`${column} is true`)
  }
  for (const name of typeof deactivated === 'string' ? [deactivated] : deactivated) {
    const { type } = table.column(name, `${option}.deactivated`)
    const column = `${alias}.${quoteName(name)}`
    conditions.push(type === 'boolean' ? `${column} is not true` : `${column} is null`)
  }
  if (status !== undefined) {
    table.column(status.column, `${option}.status.column`)
    const words = status.active.map(quoteLiteral).join(', ')
    conditions.push(`coalesce(${alias}.${quoteName(status.column)}::text in (${words}), false)`)
  }
  return conditions.length === 0 ? 'true' : conditions.join(' and ')
}

/** A column with one name or several as a JSON list. */
export function listSql(
  alias: string,
  table: Table,
  column: string | { readonly column: string; readonly separator: string },
  option: string,
): string {
  const name = typeof column === 'string' ? column : column.column
  const { type, isArray } = table.column(name, option)
  const value = `${alias}.${quoteName(name)}`
  if (isArray) return `pg_catalog.to_json(${value}::text[])`
  if (type === 'json' || type === 'jsonb') return `${value}::json`
  if (typeof column === 'string') return `pg_catalog.json_build_array(${value}::text)`
  return `pg_catalog.to_json(pg_catalog.string_to_array(${value}::text, ${quoteLiteral(column.separator)}))`
}

import { quoteName } from '../sql/quote.js'
import { equalsSql, sameId } from '../sql/compare.js'
import { countsSql, type Table } from '../sql/table.js'
import type { ParsedAccounts } from './options.js'

/** Finds a table of the application in the catalog; the error for a missing one names its option. */
export type Find = (name: string, option: string) => Table

/** Whether something that applies in an organization counts: not if that organization is closed. */
export function isOpenPlace(
  options: ParsedAccounts,
  alias: string,
  table: Table,
  organization: string | undefined,
  find: Find,
): string {
  if (organization === undefined) return 'true'
  const column = `${alias}.${quoteName(organization)}`
  const { type } = table.column(organization, 'accounts')
  return orEverywhere(`${column} is null`, isOpen(options, column, type, find))
}

export function orEverywhere(isEverywhere: string, isOpenThere: string): string {
  return isOpenThere === 'true' ? 'true' : `(${isEverywhere} or ${isOpenThere})`
}

/** Whether an organization exists and counts, if the application has a table of them. */
export function isOpen({ organizations }: ParsedAccounts, column: string, type: string, find: Find): string {
  if (organizations === undefined) return 'true'
  const table = find(organizations.table, 'accounts.organizations.table')
  const id = table.idColumn(organizations.id, 'accounts.organizations.id')
  const key = `w.${quoteName(organizations.id)}`
  // The map holds text that need not be a valid id of this type.
  const same =
    id.type !== type && type === 'text' ? equalsSql(`${key}::text`, TEXT, column) : sameId(key, id, column, type)
  return `exists (select 1 from ${table.from} w where ${same} and ${countsSql('w', table, organizations, 'accounts.organizations')})`
}

const TEXT = { operators: 'pg_catalog' }

import { quoteName } from '../sql/quote.js'
import { equalsSql, sameId } from '../sql/compare.js'
import { countsSql, type Table } from '../sql/table.js'
import type { ParsedAccounts } from './options.js'

/** A table of the application, as the catalog has it; the option that names it stands in the message where it is not there. */
export type Find = (name: string, option: string) => Table

/** Whether what holds in one organization holds at all: not where that one is closed. */
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

/** Whether an organization is there and counts, where the application has a table of them. */
export function isOpen({ organizations }: ParsedAccounts, column: string, type: string, find: Find): string {
  if (organizations === undefined) return 'true'
  const table = find(organizations.table, 'accounts.organizations.table')
  const id = table.idColumn(organizations.id, 'accounts.organizations.id')
  const key = `w.${quoteName(organizations.id)}`
  // A map holds texts, which need not be ids of this type at all.
  const same =
    id.type !== type && type === 'text' ? equalsSql(`${key}::text`, TEXT, column) : sameId(key, id, column, type)
  return `exists (select 1 from ${table.from} w where ${same} and ${countsSql('w', table, organizations, 'accounts.organizations')})`
}

const TEXT = { operators: 'pg_catalog' }

import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { assertName, quoteName, quoteTable } from '../sql/quote.js'
import { describeTables, type Column } from '../sql/describe-tables.js'
import { tableOf, type Table } from '../sql/table.js'
import { operatorOf } from '../sql/compare.js'
import { isWhole } from '../sql/id-column.js'
import { accountColumns } from './account-columns.js'
import { mappedOrNamedSql, mapSql, namedSql } from './map-sql.js'
import { syncedSql } from './synced-sql.js'
import type { Find } from './open-organization.js'
import type { ParsedAccounts } from './options.js'

/** The statements over this application's tables, built once from the catalog. */
export interface Plan {
  /** (verifier, issuer, subject, own id or null) → one row. */
  readonly byIdentity: string
  /** The same with the organization map: (…, external ids by kind as JSON) → one row. */
  readonly byMappedIdentity: string
  /**
   * The same for an organization that the credential names by the application's own id, if only open ones count: (…,
   * its id) → one row, as if the map led from each id to itself. Null if nothing needs to be checked.
   */
  readonly byNamedIdentity: string | null
  /**
   * With the map or the named organization, and the provider's events: (…, external ids, source, whether mapped) → one
   * row.
   */
  readonly bySyncedIdentity: string
  /** (id) → a row or none. */
  readonly byId: string
  readonly users: Table
  /** Integers of any size count as `bigint`, since a column may be widened while the application runs. */
  readonly id: Column
  /** SQL of the id that a parameter names, spelled as in its row; null if there is none. */
  readonly existing: (parameter: string) => string
}

/** Reads all tables from the catalog in one statement. */
export async function planAccounts(query: Query, options: ParsedAccounts): Promise<Plan> {
  const names = tableNames(options)
  for (const [name, option] of names) assertName(name, option)
  const tables = await describeTables(query, [...names.keys()].map(quoteTable))
  for (const [name, option] of names)
    if (option === OWN && !tables.has(quoteTable(name)))
      throw optionError(
        'accounts',
        `${name} is not there: call installSchema(query), or run \`dualauth schema --apply\``,
      )
  const users = tableOf(options.users.table, tables, 'accounts.users.table')
  const declared = users.idColumn(options.users.id, 'accounts.users.id')
  const id = isWhole(declared.type) ? { ...declared, type: 'bigint' } : declared
  const find: Find = (name, option) => tableOf(name, tables, option)
  const columns = accountColumns(options, users, id, find)
  const key = `u.${quoteName(options.users.id)}`
  const is = operatorOf(id, '=')
  const byIdentity = (mapped: string, synced = 'null'): string => `
select l.account_id as linked, (l.ended_at is not null)::text as ended, ${mapped} as mapped, ${synced} as synced, a.*
from (values ($1::text, $2::text, $3::text)) as i (verifier, issuer, subject)
left join dualauth.identity_link l on l.verifier = i.verifier and l.issuer = i.issuer and l.subject = i.subject
left join lateral (
  select ${columns} from ${users.from} u
  where ${key} ${is} case when l.subject is null then $4::text::${id.type} when l.ended_at is null then l.account_id::${id.type} end
) a on true`
  return {
    users,
    id,
    existing: (parameter) =>
      `(select ${key}::text from ${users.from} u where ${key} ${is} ${parameter}::text::${id.type})`,
    byId: `select ${columns} from ${users.from} u where ${key} ${is} $1::text::${id.type}`,
    byIdentity: byIdentity('null'),
    byMappedIdentity: byIdentity(mapSql(options, find)),
    bySyncedIdentity: byIdentity(mappedOrNamedSql(options, find), syncedSql(options, find)),
    byNamedIdentity: asksOpen(options) ? byIdentity(namedSql(options, find)) : null,
  }
}

/** A table of memberships decides alone; without one, the credential is believed if the organization is open. */
function asksOpen({ organizations, memberships, users }: ParsedAccounts): boolean {
  return organizations !== undefined && memberships === undefined && users.organization === undefined
}

const OWN = ''

/** Every table, with the option that names it; dualauth's own have none. */
function tableNames(options: ParsedAccounts): ReadonlyMap<string, string> {
  const names = new Map([[options.users.table, 'accounts.users.table']])
  for (const part of ['memberships', 'organizations', 'roles'] as const)
    if (options[part] !== undefined) names.set(options[part].table, `accounts.${part}.table`)
  if (options.grants === true) names.set('dualauth.permission_grant', OWN)
  else if (options.grants !== undefined) names.set(options.grants.table, 'accounts.grants.table')
  for (const own of ['identity_link', 'conflict', 'provisioning', 'organization_map', 'audit'])
    names.set(`dualauth.${own}`, OWN)
  if (Object.values(options.verifiers).some(({ synced }) => synced !== undefined))
    for (const own of ['workos_user', 'workos_organization', 'workos_membership']) names.set(`dualauth.${own}`, OWN)
  return names
}

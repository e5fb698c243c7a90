import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { assertName, quoteLiteral, quoteName, quoteTable } from '../sql/quote.js'
import { describeTables, type Column } from '../sql/describe-tables.js'
import { countsSql, listSql, sameId, tableOf, type Table } from '../sql/table.js'
import { isWhole } from '../sql/id-column.js'
import type { ParsedAccounts } from './options.js'

/** The statements over this application's tables, made once from what the catalog says. */
export interface Plan {
  /** (verifier, issuer, subject, own id or null) → one row. */
  readonly byIdentity: string
  /** The same with the organization map: (…, external ids by kind as JSON) → one row. */
  readonly byMappedIdentity: string
  /**
   * The same for an organization that the credential names in the application's own words, where only those count that
   * are open: (…, its id) → one row, as if the map led from each id to itself. Null where nothing has to be asked.
   */
  readonly byNamedIdentity: string | null
  /** (id) → a row or none. */
  readonly byId: string
  readonly users: Table
  /** Whole numbers are taken for large ones, as which they may end while the application runs. */
  readonly id: Column
  /** SQL of the account that a parameter names, in the one spelling that its row has; null for nobody. */
  readonly existing: (parameter: string) => string
}

/** One statement asks the catalog about all of them. */
export async function planAccounts(query: Query, options: ParsedAccounts): Promise<Plan> {
  const names = tableNames(options)
  for (const [name, option] of names) assertName(name, option)
  const tables = await describeTables(query, [...names.keys()].map(quoteTable))
  for (const [name, option] of names)
    if (option === OWN && !tables.has(quoteTable(name)))
      throw optionError('accounts', `${name} is not there: call installSchema(query), or apply the files of sql/`)
  const users = tableOf(options.users.table, tables, 'accounts.users.table')
  const declared = users.idColumn(options.users.id, 'accounts.users.id')
  const id = isWhole(declared.type) ? { ...declared, type: 'bigint' } : declared
  const find: Find = (name, option) => tableOf(name, tables, option)
  const columns = accountColumns(options, users, id, find)
  const key = `u.${quoteName(options.users.id)}`
  const byIdentity = (mapped: string): string => `
select l.account_id as linked, (l.ended_at is not null)::text as ended, ${mapped} as mapped, a.*
from (values ($1::text, $2::text, $3::text)) as i(verifier, issuer, subject)
left join dualauth.identity_link l on l.verifier = i.verifier and l.issuer = i.issuer and l.subject = i.subject
left join lateral (
  select ${columns} from ${users.from} u
  where ${key} = case when l.subject is null then $4::text::${id.type} when l.ended_at is null then l.account_id::${id.type} end
) a on true`
  return {
    users,
    id,
    existing: (parameter) => `(select ${key}::text from ${users.from} u where ${key} = ${parameter}::text::${id.type})`,
    byId: `select ${columns} from ${users.from} u where ${key} = $1::text::${id.type}`,
    byIdentity: byIdentity('null'),
    byMappedIdentity: byIdentity(mapSql(options, find)),
    byNamedIdentity: asksOpen(options) ? byIdentity(namedSql(options, find)) : null,
  }
}

/** Where memberships are kept, they say it all; else the credential is believed where the organization is open. */
function asksOpen({ organizations, memberships, users }: ParsedAccounts): boolean {
  return organizations !== undefined && memberships === undefined && users.organization === undefined
}

const OWN = ''

/** Every table, with the option that names it; our own have none. */
function tableNames(options: ParsedAccounts): ReadonlyMap<string, string> {
  const names = new Map([[options.users.table, 'accounts.users.table']])
  for (const part of ['memberships', 'organizations', 'roles'] as const)
    if (options[part] !== undefined) names.set(options[part].table, `accounts.${part}.table`)
  if (options.grants === true) names.set('dualauth.permission_grant', OWN)
  else if (options.grants !== undefined) names.set(options.grants.table, 'accounts.grants.table')
  for (const own of ['identity_link', 'conflict', 'provisioning', 'organization_map', 'audit'])
    names.set(`dualauth.${own}`, OWN)
  return names
}

type Find = (name: string, option: string) => Table

/** The columns of one account, as text and JSON text. */
function accountColumns(options: ParsedAccounts, users: Table, id: Column, find: Find): string {
  const { fields, roles } = options.users
  const carried = Object.entries(fields).map(([name, column]) => {
    const { type } = users.column(column, `accounts.users.fields.${name}`)
    // A number of JavaScript would be another one: as text, as drivers hand them out.
    const exact = type === 'bigint' || type === 'numeric' ? '::text' : ''
    return `${quoteLiteral(name)}, u.${quoteName(column)}${exact}`
  })
  return [
    `u.${quoteName(options.users.id)}::text as id`,
    `(${countsSql('u', users, options.users, 'accounts.users')})::text as active`,
    `${roles === undefined ? 'null' : `${listSql('u', users, roles, 'accounts.users.roles')}::text`} as roles`,
    `${carried.length === 0 ? 'null' : `json_build_object(${carried.join(', ')})::text`} as fields`,
    `${organizationSql(options, users, find)} as organization`,
    `${membershipsSql(options, id, find)} as memberships`,
    `${rolesSql(options, id, find)} as role_grants`,
    `${grantsSql(options, id, find)} as grants`,
  ].join(', ')
}

/** The organization in the person's own row, while it is open. */
function organizationSql(options: ParsedAccounts, users: Table, find: Find): string {
  const { organization } = options.users
  if (organization === undefined) return 'null'
  const { type } = users.idColumn(organization, 'accounts.users.organization')
  const column = `u.${quoteName(organization)}`
  return `case when ${isOpen(options, column, type, find)} then ${column}::text end`
}

function membershipsSql(options: ParsedAccounts, id: Column, find: Find): string {
  const { memberships } = options
  if (memberships === undefined) return 'null'
  const at = 'accounts.memberships'
  const table = find(memberships.table, `${at}.table`)
  const organization = table.idColumn(memberships.organization, `${at}.organization`)
  const roles = memberships.role === undefined ? `'[]'::json` : listSql('m', table, memberships.role, `${at}.role`)
  return aggregate(
    `json_build_array(m.${quoteName(memberships.organization)}::text, ${roles})`,
    `${table.from} m`,
    ofUser('m', table, memberships.user, id, options, at),
    countsSql('m', table, memberships, at),
    isOpen(options, `m.${quoteName(memberships.organization)}`, organization.type, find),
  )
}

function rolesSql(options: ParsedAccounts, id: Column, find: Find): string {
  const { roles } = options
  if (roles === undefined) return 'null'
  const table = find(roles.table, 'accounts.roles.table')
  table.column(roles.role, 'accounts.roles.role')
  return aggregate(
    `json_build_array(r.${quoteName(roles.role)}::text, ${placeSql('r', table, roles.organization, 'accounts.roles')})`,
    `${table.from} r`,
    ofUser('r', table, roles.user, id, options, 'accounts.roles'),
    countsSql('r', table, roles, 'accounts.roles'),
    isOpenPlace(options, 'r', table, roles.organization, find),
  )
}

function grantsSql(options: ParsedAccounts, id: Column, find: Find): string {
  const { grants } = options
  if (grants === undefined) return 'null'
  if (grants === true)
    return aggregate(
      `json_build_array(g.permission, nullif(g.organization, ''))`,
      'dualauth.permission_grant g',
      `g.account_id = u.${quoteName(options.users.id)}::text`,
      orEverywhere(`g.organization = ''`, isOpen(options, 'g.organization', 'text', find)),
    )
  const table = find(grants.table, 'accounts.grants.table')
  const named = 'permission' in grants ? [grants.permission] : [grants.resource, grants.action]
  for (const column of named) table.column(column, `accounts.grants`)
  const permission = named.map((column) => `g.${quoteName(column)}::text`).join(` || ':' || `)
  return aggregate(
    `json_build_array(${permission}, ${placeSql('g', table, grants.organization, 'accounts.grants')})`,
    `${table.from} g`,
    ofUser('g', table, grants.user, id, options, 'accounts.grants'),
    countsSql('g', table, grants, 'accounts.grants'),
    isOpenPlace(options, 'g', table, grants.organization, find),
  )
}

/** What the organization map says of the external ids. */
function mapSql(options: ParsedAccounts, find: Find): string {
  return aggregate(
    'json_build_array(o.kind, o.external_id, o.organization, to_json(o.roles))',
    'dualauth.organization_map o',
    'o.verifier = i.verifier and o.issuer = i.issuer',
    '(o.kind, o.external_id) in (select k.key, e.value from json_each($5::text::json) k, json_array_elements_text(k.value) e)',
    isOpen(options, 'o.organization', 'text', find),
  )
}

/** Whether an organization that the credential names is open, in the form of `mapSql`. */
function namedSql(options: ParsedAccounts, find: Find): string {
  return `(select json_build_array(json_build_array('organization', $5::text, $5::text, '[]'::json))::text where ${isOpen(options, '$5::text', 'text', find)})`
}

function aggregate(value: string, from: string, ...conditions: readonly string[]): string {
  return `(select json_agg(${value})::text from ${from} where ${conditions.filter((one) => one !== 'true').join(' and ')})`
}

function ofUser(alias: string, table: Table, user: string, id: Column, { users }: ParsedAccounts, at: string): string {
  const { type } = table.idColumn(user, `${at}.user`)
  return sameId(`${alias}.${quoteName(user)}`, type, `u.${quoteName(users.id)}`, id.type)
}

function placeSql(alias: string, table: Table, organization: string | undefined, at: string): string {
  if (organization === undefined) return 'null'
  table.idColumn(organization, `${at}.organization`)
  return `${alias}.${quoteName(organization)}::text`
}

/** Whether what holds in one organization holds at all: not where that one is closed. */
function isOpenPlace(
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

function orEverywhere(isEverywhere: string, isOpenThere: string): string {
  return isOpenThere === 'true' ? 'true' : `(${isEverywhere} or ${isOpenThere})`
}

/** Whether an organization is there and counts, where the application has a table of them. */
function isOpen({ organizations }: ParsedAccounts, column: string, type: string, find: Find): string {
  if (organizations === undefined) return 'true'
  const table = find(organizations.table, 'accounts.organizations.table')
  const id = table.idColumn(organizations.id, 'accounts.organizations.id')
  const key = `w.${quoteName(organizations.id)}`
  // A map holds texts, which need not be ids of this type at all.
  const same = id.type !== type && type === 'text' ? `${key}::text = ${column}` : sameId(key, id.type, column, type)
  return `exists (select 1 from ${table.from} w where ${same} and ${countsSql('w', table, organizations, 'accounts.organizations')})`
}

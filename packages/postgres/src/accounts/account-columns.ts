import type { Column } from '../sql/describe-tables.js'
import { quoteLiteral, quoteName } from '../sql/quote.js'
import { sameId } from '../sql/compare.js'
import { countsSql, listSql, type Table } from '../sql/table.js'
import { aggregate } from './aggregate.js'
import { isOpen, isOpenPlace, orEverywhere, type Find } from './open-organization.js'
import type { ParsedAccounts } from './options.js'

/** The columns of one account, as text and JSON text. */
export function accountColumns(options: ParsedAccounts, users: Table, id: Column, find: Find): string {
  const { fields, roles } = options.users
  const carried = Object.entries(fields).map(([name, column]) => {
    const { type } = users.column(column, `accounts.users.fields.${name}`)
    // A JavaScript number would not be exact, so it goes as text, as drivers return it.
    const exact = type === 'bigint' || type === 'numeric' ? '::text' : ''
    return `${quoteLiteral(name)}, u.${quoteName(column)}${exact}`
  })
  return [
    `u.${quoteName(options.users.id)}::text as id`,
    `(${countsSql('u', users, options.users, 'accounts.users')})::text as active`,
    `${roles === undefined ? 'null' : `${listSql('u', users, roles, 'accounts.users.roles')}::text`} as roles`,
    `${carried.length === 0 ? 'null' : `pg_catalog.json_build_object(${carried.join(', ')})::text`} as fields`,
    `${organizationSql(options, users, find)} as organization`,
    `${membershipsSql(options, id, find)} as memberships`,
    `${rolesSql(options, id, find)} as role_grants`,
    `${grantsSql(options, id, find)} as grants`,
  ].join(', ')
}

/** The organization in the person's own row, if it is open. */
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
    `pg_catalog.json_build_array(m.${quoteName(memberships.organization)}::text, ${roles})`,
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
    `pg_catalog.json_build_array(r.${quoteName(roles.role)}::text, ${placeSql('r', table, roles.organization, 'accounts.roles')})`,
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
      `pg_catalog.json_build_array(g.permission, nullif(g.organization, ''))`,
      'dualauth.permission_grant g',
      `g.account_id = u.${quoteName(options.users.id)}::text`,
      orEverywhere(`g.organization = ''`, isOpen(options, 'g.organization', 'text', find)),
    )
  const table = find(grants.table, 'accounts.grants.table')
  const named = 'permission' in grants ? [grants.permission] : [grants.resource, grants.action]
  for (const column of named) table.column(column, `accounts.grants`)
  const permission = named.map((column) => `g.${quoteName(column)}::text`).join(` || ':' || `)
  return aggregate(
    `pg_catalog.json_build_array(${permission}, ${placeSql('g', table, grants.organization, 'accounts.grants')})`,
    `${table.from} g`,
    ofUser('g', table, grants.user, id, options, 'accounts.grants'),
    countsSql('g', table, grants, 'accounts.grants'),
    isOpenPlace(options, 'g', table, grants.organization, find),
  )
}

function ofUser(alias: string, table: Table, user: string, id: Column, { users }: ParsedAccounts, at: string): string {
  const column = table.idColumn(user, `${at}.user`)
  return sameId(`${alias}.${quoteName(user)}`, column, `u.${quoteName(users.id)}`, id.type)
}

function placeSql(alias: string, table: Table, organization: string | undefined, at: string): string {
  if (organization === undefined) return 'null'
  table.idColumn(organization, `${at}.organization`)
  return `${alias}.${quoteName(organization)}::text`
}

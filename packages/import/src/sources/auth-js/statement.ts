import { quoteName } from '@dualauth/postgres'
import { spelled, type Schema, type Table } from './schema.js'

/** Auth.js has no disabled people; applications add these columns. */
const DISABLED: readonly string[] = ['disabled', 'banned', 'blocked'].flatMap((word) => [
  word,
  `is${word[0]!.toUpperCase()}${word.slice(1)}`,
  `${word}At`,
])
const DISABLED_COLUMNS: readonly string[] = [...DISABLED, 'deletedAt'].flatMap(spelled)

/** The people of the table, one a row, as `sqlSource` reads them. */
export function peopleSql({ user }: Schema): string {
  const { name, image, passwordHash, createdAt, updatedAt } = user.columns
  const of = (column: { readonly name: string }): string => `u.${quoteName(column.name)}`
  const plain = Object.entries({ name, image, passwordHash, createdAt, updatedAt })
  return `select ${[
    `${of(user.columns['id']!)} as "id"`,
    `${of(user.columns['email']!)} as "email"`,
    `${isSet(user.columns['emailVerified']!)} as "emailVerified"`,
    ...plain.flatMap(([field, column]) => (column === undefined ? [] : [`${of(column)} as ${quoteName(field)}`])),
    `${disabledOf(user)} as "disabled"`,
  ].join(', ')} from ${user.name} u`
}

/** Anybody for whom one of these columns says so. */
function disabledOf({ columns, all }: Table): string {
  const own = columns['disabled']
  const found = own !== undefined ? [own] : [...new Set(DISABLED_COLUMNS)].flatMap((name) => all.get(name) ?? [])
  return found.length === 0 ? 'false' : found.map(isSet).join(' or ')
}

/** A date means yes, null means no. */
function isSet({ name, type }: { readonly name: string; readonly type: string }): string {
  const column = `u.${quoteName(name)}`
  return type === 'boolean' ? `coalesce(${column}, false)` : `(${column} is not null)`
}

/** Accounts of the people whose ids are `$1`, a JSON list: only those at providers, not e-mail or passkeys. */
export function accountsSql({ account }: Schema): string {
  const of = (field: string): string => `a.${quoteName(account.columns[field]!.name)}`
  const type =
    account.columns['type'] === undefined
      ? ''
      : `and (${of('type')} is null or ${of('type')}::text in ('oauth', 'oidc'))`
  return `select ${of('userId')}::text as "user", ${of('provider')}::text as provider, ${of('providerAccountId')}::text as subject
from ${account.name} a
where ${of('userId')} = any (array(select pg_catalog.jsonb_array_elements_text($1::text::jsonb)::${account.columns['userId']!.type})) ${type}
order by ${of('provider')}::text collate "C", ${of('providerAccountId')}::text collate "C"`
}

import type { Query } from '@dualauth/core'
import type { Checked, Item, ItemOf } from '../../ports/target.js'
import { quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'
import { CREDENTIAL } from './records.js'

/** Compares people with the tables. A password that the person has changed since is not a difference. */
export async function checkUsers(
  query: Query,
  { user, account }: { readonly user: Model; readonly account: Model },
  people: readonly ItemOf<'person'>[],
): Promise<readonly Checked[]> {
  const { banned, id } = user.columns
  const rows = await query(
    `
select u.${column(user, 'id')}::text as id, u.${column(user, 'email')} as email, u.${column(user, 'emailVerified')}::text as verified,
  ${banned === undefined ? 'null' : `coalesce(u.${quoteName(banned.name)}, false)::text`} as banned, u.${column(user, 'name')} as name,
  ${passwordOf({ user, account })}::text as has_password
from ${user.table} u
where u.${column(user, 'id')} = any (array(select pg_catalog.jsonb_array_elements_text($1::text::jsonb)::${id!.type}))`,
    [JSON.stringify(people.map(({ targetId }) => targetId))],
  )
  const found = new Map(rows.map((row) => [String(row['id']), row]))
  return people.map(({ targetId, row }): Checked => {
    const there = found.get(targetId ?? '')
    if (there === undefined) return { outcome: 'absent' }
    return compared({
      email: there['email'] === row.email?.toLowerCase(),
      emailVerified: there['verified'] === String(row.emailVerified),
      name: row.name === null || there['name'] === row.name,
      disabled: there['banned'] === null ? !row.disabled : there['banned'] === String(row.disabled),
      password: row.password === null || there['has_password'] === 'true',
    })
  })
}

/** Whether each person has a password there. */
export async function havePasswords(
  query: Query,
  { user, account }: { readonly user: Model; readonly account: Model },
  items: readonly Item[],
): Promise<readonly boolean[]> {
  const { id } = user.columns
  const rows = await query(
    `select u.${column(user, 'id')}::text as id from ${user.table} u
where u.${column(user, 'id')} = any (array(select pg_catalog.jsonb_array_elements_text($1::text::jsonb)::${id!.type}))
  and ${passwordOf({ user, account })}`,
    [JSON.stringify(items.map(({ targetId }) => targetId))],
  )
  const having = new Set(rows.map((row) => row['id']))
  return items.map(({ targetId }) => having.has(targetId))
}

function column(model: Model, field: string): string {
  return quoteName(model.columns[field]!.name)
}

/** SQL of whether `u` has one. */
function passwordOf({ user, account }: { readonly user: Model; readonly account: Model }): string {
  return `exists (select from ${account.table} a where a.${column(account, 'userId')} = u.${column(user, 'id')}
    and a.${column(account, 'providerId')} = '${CREDENTIAL}' and a.${column(account, 'password')} is not null)`
}

/** Compares an organization or a membership with its row, field by field. */
export async function checkRows(
  query: Query,
  model: Model,
  items: readonly Item[],
  expected: (item: Item) => Readonly<Record<string, string>>,
): Promise<readonly Checked[]> {
  const id = model.columns['id']!
  const rows = await query(
    `select pg_catalog.to_json(o)::text as row, o.${quoteName(id.name)}::text as id from ${model.table} o
where o.${quoteName(id.name)} = any (array(select pg_catalog.jsonb_array_elements_text($1::text::jsonb)::${id.type}))`,
    [JSON.stringify(items.map(({ targetId }) => targetId))],
  )
  const found = new Map(
    rows.map((row) => [String(row['id']), JSON.parse(String(row['row'])) as Readonly<Record<string, unknown>>]),
  )
  return items.map((item): Checked => {
    const there = found.get(item.targetId ?? '')
    if (there === undefined) return { outcome: 'absent' }
    return compared(
      Object.fromEntries(
        Object.entries(expected(item)).map(([field, value]) => [field, there[model.columns[field]!.name] === value]),
      ),
    )
  })
}

function compared(fields: Readonly<Record<string, boolean>>): Checked {
  const differing = Object.keys(fields).filter((field) => fields[field] === false)
  return differing.length === 0 ? { outcome: 'same' } : { outcome: 'differs', fields: differing }
}

import type { Query } from '@dualauth/core'
import { quoteLiteral, quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'
import type { Values } from './records.js'

/**
 * Writes values into rows by id; columns without a value stay.
 * @returns The ids that existed.
 */
export async function updateRows(
  query: Query,
  model: Model,
  rows: readonly { readonly id: string; readonly values: Values }[],
): Promise<ReadonlySet<string>> {
  const id = model.columns['id']!
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))]
  const set = names.map(
    (name) => `${quoteName(name)} = case when pg_catalog.jsonb_exists(v -> 'values', ${quoteLiteral(name)})
  then (v -> 'values' ->> ${quoteLiteral(name)})::${model.byName.get(name)?.type ?? 'text'} else u.${quoteName(name)} end`,
  )
  const done = await query(
    `update ${model.table} u set ${set.join(', ')} from pg_catalog.jsonb_array_elements($1::text::jsonb) as given (v)
where u.${quoteName(id.name)} = (v ->> 'id')::${id.type} returning u.${quoteName(id.name)}::text as id`,
    [JSON.stringify(rows)],
  )
  return new Set(done.map((row) => String(row['id'])))
}

/** Gives people the source's hash, unless their password was set or changed on the new side since it was written. */
export async function updatePasswords(
  query: Query,
  account: Model,
  rows: readonly { readonly id: string; readonly hash: string }[],
): Promise<void> {
  const column = (field: string): string => quoteName(account.columns[field]!.name)
  await query(
    `update ${account.table} a set ${column('password')} = v ->> 'hash' from pg_catalog.jsonb_array_elements($1::text::jsonb) as given (v)
where a.${column('userId')}::text = v ->> 'id' and a.${column('providerId')} = 'credential' and a.${column('updatedAt')} = a.${column('createdAt')}`,
    [JSON.stringify(rows)],
  )
}

import type { Query } from '@dualauth/core'
import type { Removal, Removed } from '../../ports/target.js'
import { quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'
import { columnOf, moveKey } from './moves.js'

/** A model, and the rows elsewhere that show that one of its rows is in use. */
export interface Removable {
  readonly model: Model
  /** Rows that belong to it and are deleted with it. */
  readonly owned: { readonly model: Model; readonly by: string } | null
  /** Rows that prevent its deletion. */
  readonly used: readonly Use[]
  /** What new sessions and members refer to: rows of `model` whose id is its `of`. */
  readonly locked: { readonly model: Model; readonly of: string }
  /** For users: what shows that they have moved; deleted with them, so that they may move again. */
  readonly moves?: Model | null
}

/** Rows of `table` whose `column` equals `of` in the row that they keep. All quoted. */
export interface Use {
  readonly table: string
  readonly on: readonly { readonly column: string; readonly of: string }[]
}

/**
 * Locks what new sessions and members refer to: new ones wait, and those in progress have ended. Only the next
 * statement sees them.
 */
export async function lockRows(
  query: Query,
  { model, locked }: Removable,
  removals: readonly Removal[],
): Promise<void> {
  const id = model.columns['id']!
  const own = column({ model: locked.model, by: 'id' })
  // In the order of their ids, as in every rollback.
  await query(
    `select from ${locked.model.table} l where l.${own} in (
  select u.${column({ model, by: locked.of })} from ${model.table} u
  where u.${quoteName(id.name)} = any (array(select pg_catalog.jsonb_array_elements_text($1::text::jsonb)::${id.type}))
) order by l.${own} for update`,
    [JSON.stringify(removals.map(({ targetId }) => targetId))],
  )
}

/** Deletes rows that nobody has used or changed since they were written. */
export async function removeRows(
  query: Query,
  { model, owned, used, moves = null }: Removable,
  removals: readonly Removal[],
): Promise<readonly Removed[]> {
  const id = model.columns['id']!
  const idSql = quoteName(id.name)
  const fingerprint = fingerprintOf({ model, owned })
  const inUse =
    used.length === 0
      ? 'false'
      : `(${used.map(({ table, on }) => `exists (select from ${table} s where ${on.map(({ column: by, of }) => `s.${by} = u.${of}`).join(' and ')})`).join(' or ')})`
  const rows = await query(
    `
with given as materialized (
  select v ->> 'id' as id, v ->> 'after' as after, u.${idSql} is not null as is_there, ${inUse} as is_used,
    (v ->> 'after') is not null and ${fingerprint} is distinct from v ->> 'after' as is_changed
  from pg_catalog.jsonb_array_elements($1::text::jsonb) as list (v)
  left join ${model.table} u on u.${idSql} = (v ->> 'id')::${id.type}
), gone as (
  delete from ${model.table} u using given g
  where u.${idSql} = g.id::${id.type} and g.is_there and not g.is_used and not g.is_changed and not ${inUse}
  returning u.${idSql} as id${moves === null ? '' : `, u.${column({ model, by: 'email' })} as email`}
)${
      owned === null
        ? ''
        : `, owned as (delete from ${owned.model.table} a using gone where a.${column(owned)} = gone.id)`
    }${
      moves === null
        ? ''
        : `, moves as (delete from ${moves.table} m using gone where m.${columnOf(moves, 'key')} in (${[moveKey('user', 'gone.id::text'), moveKey('password', 'gone.id::text'), moveKey('address', 'gone.email')].join(', ')}))`
    }
select g.id, g.is_there::text as is_there, g.is_used::text as is_used, g.is_changed::text as is_changed from given g`,
    [JSON.stringify(removals.map(({ targetId, after }) => ({ id: targetId, after })))],
  )
  const byId = new Map(rows.map((row) => [String(row['id']), row]))
  return removals.map(({ targetId }): Removed => {
    const row = byId.get(targetId)
    if (row === undefined || row['is_there'] !== 'true') return { outcome: 'absent' }
    if (row['is_used'] === 'true') return { outcome: 'blocked', code: 'in_use' }
    return row['is_changed'] === 'true' ? { outcome: 'blocked', code: 'changed' } : { outcome: 'removed' }
  })
}

/** Fingerprints of rows that were just written, by id. */
export async function readFingerprints(
  query: Query,
  removable: Pick<Removable, 'model' | 'owned'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { model } = removable
  const id = model.columns['id']!
  const rows = await query(
    `select u.${quoteName(id.name)}::text as id, ${fingerprintOf(removable)} as after from ${model.table} u
where u.${quoteName(id.name)} = any (array(select pg_catalog.jsonb_array_elements_text($1::text::jsonb)::${id.type}))`,
    [JSON.stringify(ids)],
  )
  return new Map(rows.map((row) => [String(row['id']), String(row['after'])]))
}

function fingerprintOf({ model, owned }: Pick<Removable, 'model' | 'owned'>): string {
  const id = quoteName(model.columns['id']!.name)
  if (owned === null) return fingerprintSql('u', null, id)
  const table = owned.model.table
  return fingerprintSql('u', { table, by: column(owned), id: quoteName(owned.model.columns['id']!.name) }, id)
}

export function column({ model, by }: { readonly model: Model; readonly by: string }): string {
  return quoteName(model.columns[by]!.name)
}

/** Shows a rollback that nothing was changed since: the transactions that last wrote the rows. */
function fingerprintSql(
  alias: string,
  owned: { readonly table: string; readonly by: string; readonly id: string } | null,
  id: string,
): string {
  if (owned === null) return `${alias}.xmin::text`
  return `${alias}.xmin::text || coalesce((select ':' || pg_catalog.string_agg(x.xmin::text, ',' order by x.${owned.id}::text)
    from ${owned.table} x where x.${owned.by} = ${alias}.${id}), '')`
}

import type { Query } from '@dualauth/core'
import { quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'
import type { Use } from './remove.js'

/** A foreign key. Tables and columns are quoted; our own models have the names used here. */
export interface Reference extends Use {
  /** The table that it refers to. */
  readonly to: string
}

/** Every foreign key of the database that refers to one of these models. */
export async function readReferences(query: Query, models: readonly (Model | null)[]): Promise<readonly Reference[]> {
  const tables = models.flatMap((model) => (model === null ? [] : [model.table]))
  const rows = await query(REFERENCES, [JSON.stringify(tables)])
  return rows.map((row) => ({
    to: String(row['to']),
    table: String(row['table']),
    on: (JSON.parse(String(row['on'])) as readonly { readonly column: string; readonly of: string }[]).map(
      ({ column, of }) => ({ column: quoteName(column), of: quoteName(of) }),
    ),
  }))
}

// Our own tables keep the names we use, to tell them from others. A partition has its parent's key.
const REFERENCES = `
with ours as (
  select name, pg_catalog.to_regclass(name)::oid as oid from pg_catalog.jsonb_array_elements_text($1::text::jsonb) as name
)
select ours.name as to, coalesce(own.name, pg_catalog.format('%I.%I', n.nspname, c.relname)) as table, (
    select pg_catalog.json_agg(pg_catalog.json_build_object('column', a.attname, 'of', f.attname))::text
    from pg_catalog.generate_subscripts(k.conkey, 1) as place
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[place]
    join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[place]
  ) as on
from ours
join pg_catalog.pg_constraint k on k.confrelid = ours.oid and k.contype = 'f' and k.conparentid = 0::oid
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join ours own on own.oid = k.conrelid`

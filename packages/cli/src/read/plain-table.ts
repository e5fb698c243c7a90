import type { Query } from '@dualauth/core'

/**
 * Whether reading a table runs nothing of a role that this one does not trust. Where the schema `dualauth` is not
 * installed yet, any role that may create schemas can put a view there, whose functions run as whoever reads it.
 *
 * @returns `foreign`: it belongs neither to this role, nor to a superuser, nor to the owner of the database, and is a
 *   view, has policies, or has columns of types that PostgreSQL does not bring.
 */
export async function readable(query: Query, table: string): Promise<'absent' | 'plain' | 'foreign'> {
  const [found] = await query(PLAIN, [table])
  if (found === undefined) return 'absent'
  return found['is_plain'] === 'true' ? 'plain' : 'foreign'
}

const PLAIN = `
select (exists (
  select from pg_catalog.pg_roles r where r.oid = c.relowner and (r.rolsuper or r.rolname = current_user
    or r.oid = (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
) or (c.relkind in ('r', 'p')
  and not exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid)
  and not exists (
    select from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and t.typnamespace <> 'pg_catalog'::regnamespace::oid
  )))::text as is_plain
from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($1::text)::oid`

import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'

/**
 * The owner of a table can change its contents, and a policy or a link there decides who somebody is.
 * @throws {AuthError} `configuration_invalid`: the schema, or something in it, belongs to a role that is neither this
 *   one, nor one that it is a member of, nor the owner of the database, nor a superuser.
 */
export async function assertTrusted(query: Query): Promise<void> {
  const [found] = await query(STRANGE, [])
  if (found === undefined) return
  const { what, owner } = found
  throw optionError(
    'installSchema',
    `does not use ${String(what)}: it belongs to the role ${String(owner)}, and this role is not a member of it. Give it to a role that you trust (alter … owner to), or drop it`,
  )
}

// A superuser passes: it is a member of every role.
const STRANGE = `
with owned as (
  select 'the schema dualauth' as what, n.nspowner as owner from pg_catalog.pg_namespace n where n.nspname = 'dualauth'
  union all
  select c.oid::regclass::text, c.relowner from pg_catalog.pg_class c
  where c.relnamespace = 'dualauth'::regnamespace::oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select p.oid::regprocedure::text, p.proowner from pg_catalog.pg_proc p where p.pronamespace = 'dualauth'::regnamespace::oid
)
select owned.what, r.rolname::text as owner from owned join pg_catalog.pg_roles r on r.oid = owned.owner
where not r.rolsuper and not pg_catalog.pg_has_role(r.oid, 'member')
  and r.oid <> (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
limit 1`

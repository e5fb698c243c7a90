const acl = (list: string, column: string): string => `select pg_catalog.jsonb_build_object(
    'role', case when g.grantee = 0::oid then null else pg_catalog.pg_get_userbyid(g.grantee)::text end,
    'privilege', g.privilege_type, 'column', ${column}, 'isGrantable', g.is_grantable) as one
  from pg_catalog.aclexplode(${list}) as g where g.grantee <> c.relowner`

/**
 * Describes a table or column by its quoted table and its name (empty: the table), and why it cannot be dropped. For a
 * column, lists only grants on the column itself: rights on the whole table cover other columns, too.
 */
export const DESCRIBE: string = `
select c.oid::text as oid, n.nspname::text as schema, c.relname::text as table,
  (a.attnotnull is true)::text as is_not_null,
  case when $2::text = '' then pg_catalog.obj_description(c.oid, 'pg_class')
    else pg_catalog.col_description(c.oid, a.attnum) end as comment,
  (select coalesce(pg_catalog.jsonb_agg(one), '[]'::jsonb)::text from (
    ${acl("case when $2::text = '' then c.relacl end", 'null')}
    union all
    select own.one from pg_catalog.pg_attribute o cross join lateral (${acl('o.attacl', 'o.attname::text')}) as own
    where o.attrelid = c.oid and not o.attisdropped and ($2::text = '' or o.attnum = a.attnum)
  ) as granted) as grants,
  (select coalesce(pg_catalog.json_agg(k.attname order by pg_catalog.array_position(i.indkey::smallint[], k.attnum)), '[]'::json)::text
    from pg_catalog.pg_index i join pg_catalog.pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey)
    where i.indrelid = c.oid and i.indisprimary) as key,
  (select pg_catalog.json_agg(f.attname order by f.attnum)::text from pg_catalog.pg_attribute f
    where f.attrelid = c.oid and f.attnum > 0 and not f.attisdropped and f.attgenerated = '') as filled,
  (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('oid', k.conrelid::text, 'columns', (
      select pg_catalog.json_agg(r.attname) from pg_catalog.pg_attribute r where r.attrelid = k.conrelid and r.attnum = any (k.conkey)
    ))), '[]'::json)::text from pg_catalog.pg_constraint k
    where $2::text = '' and k.confrelid = c.oid and k.conrelid <> c.oid and k.contype = 'f') as referred_by,
  case
    when c.relkind <> 'r' then 'is not an ordinary table'
    when n.nspname in ('dualauth', 'pg_catalog', 'information_schema') then 'is not of the application'
    when $2::text = '' and c.relrowsecurity then 'has row level security, which undoing could not restore; move it by hand'
    when $2::text = '' and exists (select from pg_catalog.pg_rewrite r where r.ev_class = c.oid)
      then 'has rules, which undoing could not restore; move it by hand'
    when exists (select from pg_catalog.pg_inherits h where c.oid in (h.inhrelid, h.inhparent)) then 'is inherited, or inherits'
    when exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass::oid and d.objid = c.oid and d.deptype = 'e') then 'belongs to an extension'
    when pg_catalog.concat(n.nspname, c.relname, $2::text) ~ '[[:cntrl:]]' then 'has a name that no line of psql can hold'
    when a.attgenerated <> '' then 'is generated from other columns; drop it by hand'
  end as refused
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = $2::text and a.attnum > 0 and not a.attisdropped
where c.oid = pg_catalog.to_regclass($1::text)::oid and ($2::text = '' or a.attname is not null)`

/** What a hostile role puts into the schema `public`. */
export interface Traps {
  /** Functions that are called somewhere, by name. */
  readonly functions: readonly string[]
  /** Types of the application's own, beside those of PostgreSQL. */
  readonly types?: readonly string[]
}

const TYPES = (
  'text varchar bpchar name smallint integer bigint numeric float8 boolean oid regclass ' +
  'json jsonb uuid date timestamp timestamptz interval text[] anyelement ' +
  // What the catalogs are made of.
  '"char" regnamespace information_schema.sql_identifier'
).split(' ')
/** Of functions: what a call has most often, or would be taken for. */
const ARGUMENTS = ['text', 'varchar', 'integer', 'bigint', 'numeric', 'jsonb']
const MORE_ARGUMENTS = ['float8', 'boolean', 'json', 'timestamptz', 'timestamp', 'uuid', 'anyelement']

const COMPARING = ['=', '<>', '<', '<=', '>', '>=', '@>', '?']
const COMPUTING = ['+', '-', '*', '/', '||', '->', '->>', '&']

/**
 * A script for a role that may create in `public`: an operator of each usual name for every pair of types for which
 * PostgreSQL has none, and functions of the names given for many arguments. Nobody else may run them, so that a statement
 * fails as soon as it means one of them, even where no row reaches it.
 */
export function trapsScript({ functions, types = [] }: Traps): string {
  const list = (names: readonly string[]): string =>
    `array[${names.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')}]::text[]`
  return `do $traps$
declare
  l text; r text; op text; fn text; args text;
  body constant text := 'language plpgsql as $f$ begin raise exception ''a trap was run''; end $f$';
begin
  foreach l in array ${list([...TYPES, ...types])} loop
    foreach r in array ${list([...TYPES, ...types])} loop
      execute pg_catalog.format('create function public.trap_is(%s, %s) returns boolean %s', l, r, body);
      execute pg_catalog.format('create function public.trap_of(%s, %s) returns %s %s', l, r, l, body);
      foreach op in array ${list([...COMPARING, ...COMPUTING])} loop
        -- The traps are laid while this runs: it must not fall into them.
        continue when exists (select 1 from pg_operator o where o.oprnamespace = 'pg_catalog'::regnamespace::oid
          and o.oprname = op::name and o.oprleft = l::regtype::oid and o.oprright = r::regtype::oid);
        execute pg_catalog.format('create operator public.%s (leftarg = %s, rightarg = %s, function = public.%s)', op, l, r,
          case when op operator(pg_catalog.=) any (${list(COMPARING)}) then 'trap_is' else 'trap_of' end);
      end loop;
    end loop;
  end loop;
  foreach fn in array ${list(functions)} loop
    for args in
      select one from pg_catalog.unnest(${list([...ARGUMENTS, ...MORE_ARGUMENTS])}) one
      union select one || ', ' || other from pg_catalog.unnest(${list(ARGUMENTS)}) one, unnest(${list([...ARGUMENTS, ...MORE_ARGUMENTS])}) other
      union select one || ', ' || one || ', ' || one from pg_catalog.unnest(${list(ARGUMENTS)}) one
      union select pg_catalog.unnest(array['variadic text[]', 'variadic anyarray', 'text, variadic text[]', 'text, variadic anyarray'])
    loop
      execute pg_catalog.format('create function public.%I(%s) returns text %s', fn, args, body);
    end loop;
  end loop;
end $traps$;
revoke execute on all functions in schema public from public;
`
}

import type { Query } from '@dualauth/core'

/** What the catalog says about a column. */
export interface Column {
  /**
   * As `format_type` writes it, for a domain its base type: `uuid`, `text`, `integer`, `text[]`; without a length, for
   * casts.
   */
  readonly type: string
  readonly isArray: boolean
  /** The schema with the operators of its type, quoted: `pg_catalog`, or the extension's. */
  readonly operators: string
  /** Its default as SQL; null if it has none. */
  readonly default: string | null
  /** For an identity column that accepts no value but its own. */
  readonly isGenerated: boolean
  readonly isIdentity: boolean
  /** Whether an insert must give a value: it must not be null, and no default or trigger fills it. */
  readonly isDemanded: boolean
}

export type Columns = ReadonlyMap<string, Column>

/** One statement for all of them. Tables that do not exist, or that the role may not see, are missing. */
export async function describeTables(query: Query, tables: readonly string[]): Promise<ReadonlyMap<string, Columns>> {
  const rows = await query(DESCRIBE, [JSON.stringify(tables)])
  const found = new Map<string, Map<string, Column>>()
  for (const row of rows) {
    const table = String(row['table_name'])
    const columns = found.get(table) ?? new Map<string, Column>()
    columns.set(String(row['column_name']), {
      type: String(row['type']),
      isArray: row['is_array'] === 'true',
      operators: String(row['operators']),
      default: (row['default_value'] ?? null) as string | null,
      isGenerated: row['identity'] === 'a',
      isIdentity: row['identity'] !== '',
      isDemanded: row['is_demanded'] === 'true',
    })
    found.set(table, columns)
  }
  return found
}

// Parameters and results are text throughout: drivers differ in everything else. With an unknown length, -1, char(n) is
// `bpchar`; `character` would mean a single character, and a cast would cut ids off.
const DESCRIBE = `
select wanted.name as table_name, a.attname::text as column_name,
  pg_catalog.format_type(case when t.typbasetype <> 0::oid then t.typbasetype else t.oid end, -1) as type,
  (case when t.typbasetype <> 0::oid then b.typcategory else t.typcategory end = 'A')::text as is_array,
  (case when coalesce(b.typname, t.typname) = 'citext' then coalesce(b.typnamespace, t.typnamespace)
    else 'pg_catalog'::regnamespace::oid end)::regnamespace::text as operators,
  pg_catalog.pg_get_expr(d.adbin, d.adrelid) as default_value, a.attidentity::text as identity,
  (a.attnotnull and d.adbin is null and t.typdefault is null and a.attidentity = '' and not exists (
    select 1 from pg_catalog.pg_trigger g
    where g.tgrelid = a.attrelid and not g.tgisinternal and g.tgtype::integer & 7 = 7 -- each row, before, insert
  ))::text as is_demanded
from pg_catalog.json_array_elements_text($1::text::json) as wanted (name)
join pg_catalog.pg_attribute a on a.attrelid = pg_catalog.to_regclass(wanted.name)::oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_type b on b.oid = t.typbasetype
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum`

import type { Query } from '@dualauth/core'

/** A column as it is in the database. */
export interface Column {
  readonly name: string
  /** For casts from text. */
  readonly type: string
  /** Only an insert fills it, and it must not be null. */
  readonly isDemanded: boolean
}

/**
 * @param table Quoted.
 * @returns Columns by name; none if the table does not exist or the role may not see it.
 */
export async function readColumns(query: Query, table: string): Promise<ReadonlyMap<string, Column>> {
  const rows = await query(COLUMNS, [table])
  return new Map(
    rows.map((row): [string, Column] => [
      String(row['name']),
      { name: String(row['name']), type: String(row['type']), isDemanded: row['is_demanded'] === 'true' },
    ]),
  )
}

const COLUMNS = `
select a.attname::text as name, pg_catalog.format_type(a.atttypid, -1) as type,
  (a.attnotnull and d.adbin is null and a.attidentity = '')::text as is_demanded
from pg_catalog.pg_attribute a
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = pg_catalog.to_regclass($1::text)::oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`

import type { InspectedVerifier, Query, TableAbout } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'
import { isSnake, marksOf, neededOf, plain, READERS, snake, type SqlAbout } from '../readers.js'

interface Column {
  readonly name: string
  readonly type: string
  /** Whether it is the first column of an index. */
  readonly isIndexed: boolean
}

/** One table that a verifier reads, and the function of core that reads it. */
interface Looked {
  readonly verifier: string
  readonly reader: SqlAbout['reader']
  readonly about: TableAbout
}

/** Whether each session source's tables in `DATABASE_URL` match its options. */
export async function tables({ examined, database }: Context): Promise<readonly Finding[]> {
  if (examined === null || database === null) return []
  const looked = examined.inspection.verifiers.flatMap(lookedOf)
  return (await Promise.all(looked.map((one) => ofTable(one, database)))).flat()
}

function lookedOf({ name: verifier, sessions }: InspectedVerifier): readonly Looked[] {
  if (sessions?.kind !== 'sql') return []
  const { reader } = sessions
  return sessions.tables.map((about) => ({ verifier, reader, about }))
}

async function ofTable(looked: Looked, query: Query): Promise<readonly Finding[]> {
  const { verifier, reader, about } = looked
  const columns = await columnsOf(about.table, query)
  if (columns.length === 0) return [await missingTable(looked, query)]
  const absent = neededOf(READERS[reader], about).filter(([, column]) => !columns.some(({ name }) => name === column))
  if (absent.length > 0) return [missingColumns(looked, absent, columns)]
  const findings = about.role === 'session' ? [...badEnd(looked, columns), ...slowKey(looked, columns)] : []
  return findings.length > 0
    ? findings
    : [ok('table', `${verifier}: ${about.table}`, `The table ${about.table} has the columns that are read.`)]
}

function badEnd({ verifier, reader, about }: Looked, columns: readonly Column[]): readonly Finding[] {
  const { end, owner } = READERS[reader]
  const column = columns.find(({ name }) => name === about.columns[end])
  if (column === undefined || /^timestamp|^(?:bigint|integer|date)$/.test(column.type)) return []
  return [
    warning(
      'column_type',
      `${verifier}: ${about.table}.${column.name}`,
      `It is of the type ${column.type}, in which ends are neither checked nor compared.`,
      `\`alter table ${about.table} alter column "${column.name}" type timestamptz using "${column.name}"::timestamptz\`, after a look at what is in it; \`${end}\` of ${owner} is a moment.`,
    ),
  ]
}

function slowKey({ verifier, reader, about }: Looked, columns: readonly Column[]): readonly Finding[] {
  const { key } = READERS[reader]
  const column = columns.find(({ name }) => name === about.columns[key])
  if (column?.isIndexed !== false) return []
  return [
    warning(
      'index_missing',
      `${verifier}: ${about.table}.${column.name}`,
      'No index begins with it, so every request reads the whole table.',
      `\`create unique index concurrently on ${about.table} ("${column.name}")\`; \`${reader}\` looks sessions up by \`${key}\`.`,
    ),
  ]
}

async function columnsOf(table: string, query: Query): Promise<readonly Column[]> {
  const rows = await query(
    `select a.attname::text as name, pg_catalog.format_type(a.atttypid, null) as type,
       exists (select from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indkey[0] = a.attnum and i.indisvalid) as indexed
     from pg_catalog.pg_attribute a
     where a.attrelid = pg_catalog.to_regclass($1::text)::oid and a.attnum > 0 and not a.attisdropped`,
    [
      table
        .split('.')
        .map((part) => `"${part}"`)
        .join('.'),
    ],
  )
  return rows.map((row) => ({
    name: String(row['name']),
    type: String(row['type']),
    isIndexed: row['indexed'] === true,
  }))
}

/**
 * Finds tables that look like the missing one, by the columns that only it has. Table and column names are
 * configuration and may be shown.
 */
async function missingTable({ verifier, reader, about }: Looked, query: Query): Promise<Finding> {
  const { owner, renamed, tableOption } = READERS[reader]
  const marks = marksOf(READERS[reader], about)
  const rows = await query(
    `select table_schema::text as schema, table_name::text as name from information_schema.columns
     where pg_catalog.replace(pg_catalog.lower(column_name::text), '_', '') = any($1::text[]) and table_schema::text not in ('pg_catalog', 'information_schema', 'dualauth')
     group by 1, 2 having pg_catalog.count(*) = $2::int order by 1, 2 limit 4`,
    [marks, marks.length],
  )
  const alike = rows.map((row) =>
    row['schema'] === 'public' ? String(row['name']) : `${String(row['schema'])}.${String(row['name'])}`,
  )
  const words =
    alike.length === 0
      ? ', and none looks like it'
      : `; like it ${alike.length === 1 ? 'looks' : 'look'} ${alike.join(', ')}`
  return problem(
    'table_missing',
    verifier,
    `There is no table "${about.table}" in the database of DATABASE_URL${words}.`,
    `Set \`${tableOption(about.role, alike[0] ?? '…')}\` of \`${reader}\`${alike.length === 0 ? `, or ask the database of ${owner}` : ''}; ${renamed}.`,
  )
}

function missingColumns(
  { verifier, reader, about: { role, table, columns: named } }: Looked,
  absent: readonly (readonly [field: string, column: string])[],
  columns: readonly Column[],
): Finding {
  const { columnsOption, hasSpelling } = READERS[reader]
  const there = absent.map(([field, column]) => {
    const alike = columns.find(({ name }) => [field, column].some((one) => plain(name) === plain(one)))
    return [field, alike?.name] as const
  })
  const isSnaked = isSnake(named)
  const isSpelling = hasSpelling && there.every(([field, name]) => name === (isSnaked ? field : snake(field)))
  const map = there.map(([field, name]) => `${field}: '${name ?? '…'}'`).join(', ')
  return problem(
    'column_missing',
    verifier,
    `The table ${table} has no column ${absent.map(([, column]) => `"${column}"`).join(', ')}.`,
    isSpelling
      ? `Set \`columns: '${isSnaked ? 'camelCase' : 'snake_case'}'\` of \`${reader}\`.`
      : `Set \`${columnsOption(role, map)}\` of \`${reader}\`.`,
  )
}

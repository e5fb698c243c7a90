import type { InspectedVerifier, Query, TableAbout } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'

interface Column {
  readonly name: string
  readonly type: string
  /** Whether it is the first column of an index. */
  readonly isIndexed: boolean
}

/** Fields that every session needs; the others belong to plugins. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  session: ['id', 'token', 'userId', 'expiresAt'],
  user: ['id'],
  member: ['organizationId', 'userId', 'role'],
}

/** Whether each session source's tables in `DATABASE_URL` match its options. */
export async function tables({ examined, database }: Context): Promise<readonly Finding[]> {
  if (examined === null || database === null) return []
  const found = await Promise.all(examined.inspection.verifiers.map((verifier) => ofVerifier(verifier, database)))
  return found.flat()
}

async function ofVerifier({ name, sessions }: InspectedVerifier, query: Query): Promise<readonly Finding[]> {
  if (sessions?.kind !== 'sql') return []
  const roles = ['session', 'user', 'member']
  const found = await Promise.all(
    sessions.tables.map((table, place) => ofTable(name, roles[place] as string, table, query)),
  )
  return found.flat()
}

async function ofTable(verifier: string, role: string, about: TableAbout, query: Query): Promise<readonly Finding[]> {
  const subject = verifier
  const columns = await columnsOf(about.table, query)
  if (columns.length === 0) return [await missingTable(subject, role, about, query)]
  const needed = (NEEDED[role] ?? []).map((field) => [field, about.columns[field] ?? field] as const)
  const absent = needed.filter(([, column]) => !columns.some(({ name }) => name === column))
  if (absent.length > 0) return [missingColumns(subject, role, about, absent, columns)]
  if (role !== 'session') return [ok('table', subject, `The table ${about.table} has the columns that are read.`)]
  const column = (field: string): Column | undefined => columns.find(({ name }) => name === about.columns[field])
  const end = column('expiresAt')
  const findings: Finding[] = []
  if (end !== undefined && !/^timestamp|^bigint$|^date$/.test(end.type))
    findings.push(
      warning(
        'column_type',
        `${subject}: ${about.table}.${end.name}`,
        `It is of the type ${end.type}, in which ends are neither checked nor compared.`,
        `\`alter table ${about.table} alter column "${end.name}" type timestamptz using "${end.name}"::timestamptz\`, after a look at what is in it; Better Auth writes timestamps as \`expiresAt\`.`,
      ),
    )
  const token = column('token')
  if (token?.isIndexed === false)
    findings.push(
      warning(
        'index_missing',
        `${subject}: ${about.table}.${token.name}`,
        'No index begins with it, so every request reads the whole table.',
        `\`create unique index concurrently on ${about.table} ("${token.name}")\`; \`sqlSessions\` looks sessions up by \`token\`.`,
      ),
    )
  return findings.length > 0
    ? findings
    : [ok('table', subject, `The table ${about.table} has the columns that are read.`)]
}

async function columnsOf(table: string, query: Query): Promise<readonly Column[]> {
  const rows = await query(
    `select a.attname::text as name, pg_catalog.format_type(a.atttypid, null) as type,
       exists (select from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indkey[0] = a.attnum and i.indisvalid) as indexed
     from pg_catalog.pg_attribute a
     where a.attrelid = pg_catalog.to_regclass($1) and a.attnum > 0 and not a.attisdropped`,
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
async function missingTable(subject: string, role: string, { table }: TableAbout, query: Query): Promise<Finding> {
  const marks =
    role === 'session'
      ? ['token', 'userid', 'expiresat']
      : role === 'user'
        ? ['email', 'emailverified']
        : ['organizationid', 'userid']
  const rows = await query(
    `select table_schema::text as schema, table_name::text as name from information_schema.columns
     where pg_catalog.replace(pg_catalog.lower(column_name), '_', '') = any($1::text[]) and table_schema not in ('pg_catalog', 'information_schema', 'dualauth')
     group by 1, 2 having pg_catalog.count(*) = $2::int order by 1, 2 limit 4`,
    [marks, marks.length],
  )
  const alike = rows.map((row) =>
    row['schema'] === 'public' ? String(row['name']) : `${String(row['schema'])}.${String(row['name'])}`,
  )
  const words =
    alike.length === 0
      ? 'and none looks like it'
      : `; like it ${alike.length === 1 ? 'looks' : 'look'} ${alike.join(', ')}`
  return problem(
    'table_missing',
    subject,
    `There is no table "${table}" in the database of DATABASE_URL${alike.length === 0 ? `, ${words}` : words}.`,
    `Set \`tables: { ${role}: '${alike[0] ?? '…'}' }\` of \`sqlSessions\`${alike.length === 0 ? ', or ask the database of Better Auth' : ''}; \`usePlural\` and \`modelName\` of Better Auth change the names.`,
  )
}

function missingColumns(
  subject: string,
  role: string,
  { table, columns: named }: TableAbout,
  absent: readonly (readonly [field: string, column: string])[],
  columns: readonly Column[],
): Finding {
  const plain = (name: string): string => name.replaceAll('_', '').toLowerCase()
  const there = absent.map(
    ([field]) => [field, columns.find(({ name }) => plain(name) === plain(field))?.name] as const,
  )
  const isSnake = named['userId'] === 'user_id' || named['emailVerified'] === 'email_verified'
  const spelling = isSnake ? 'camelCase' : 'snake_case'
  const isSpelling = there.every(([field, name]) => name === (isSnake ? field : snake(field)))
  const map = there.map(([field, name]) => `${field}: '${name ?? '…'}'`).join(', ')
  return problem(
    'column_missing',
    subject,
    `The table ${table} has no column ${absent.map(([, column]) => `"${column}"`).join(', ')}.`,
    isSpelling
      ? `Set \`columns: '${spelling}'\` of \`sqlSessions\`.`
      : `Set \`columns: { ${role}: { ${map} } }\` of \`sqlSessions\`.`,
  )
}

function snake(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

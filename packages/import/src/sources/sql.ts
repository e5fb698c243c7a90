import type { Query } from '@dualauth/core'
import { functionOption, object, optionError, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Kind } from '../ports/rows.js'
import type { ReadOptions, Source } from '../ports/source.js'
import { OPTION_OF } from './option-of-kind.js'

/**
 * The options of `sqlSource`. Each statement is one SELECT whose columns are named like the fields of `ImportRowPerson`
 * and the like.
 */
export interface SqlSourceOptions {
  /** The database of the old side, PostgreSQL. A read-only role is enough. */
  readonly query: Query
  /** Such as `select id, email, email_verified, password_hash from users where deleted_at is null`. */
  readonly people: string
  /** Such as `select id, name, slug from teams`. Default: none. */
  readonly organizations?: string
  /**
   * Such as `select user_id as person, team_id as organization, array[role] as roles from team_members`. Default: none.
   */
  readonly memberships?: string
  /** Such as `select id, name, members from groups`, with a list of ids. Default: none. */
  readonly groups?: string
  /** For reports and the ledger. Default `sql`. */
  readonly name?: string
  /** How many rows are read at once, from 1 to 10,000. Default 1,000. */
  readonly pageSize?: number
}

const schema = object({
  query: functionOption<Query>(),
  people: text,
  organizations: z.exactOptional(text),
  memberships: z.exactOptional(text),
  groups: z.exactOptional(text),
  name: z._default(text, 'sql'),
  pageSize: z._default(wholeBetween(1, 10_000), 1000),
})

/** The columns that order rows; all must exist, and their values together must be unique. */
const KEYS: Readonly<Record<Kind, readonly string[]>> = {
  organization: ['id'],
  person: ['id'],
  membership: ['person', 'organization'],
  group: ['id'],
}

/** Drivers and JavaScript would round them. */
const IDS: readonly string[] = ['id', 'person', 'organization']

/**
 * Reads people with any SELECT. Rows come in pages in the order of their ids (keyset), so only one page is held, and a
 * table may have any length; each page is one statement. A time without a zone is UTC.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; at the first page: a statement without its id column.
 */
export function sqlSource(options: SqlSourceOptions): Source {
  const { query, people, organizations, memberships, groups, name, pageSize } = parseOptions(
    schema,
    options,
    'sqlSource',
  )
  const statements: Readonly<Record<Kind, string | undefined>> = {
    person: people,
    organization: organizations,
    membership: memberships,
    group: groups,
  }
  for (const [kind, statement] of Object.entries(statements))
    if (statement !== undefined && !/^\s*(?:select|with|table|values)\b/i.test(statement))
      throw optionError(`sqlSource.${OPTION_OF[kind as Kind]}`, 'must be one SELECT')
  const read = (kind: Kind) => (reading: ReadOptions) => pages(query, statements[kind], { kind, pageSize, ...reading })
  return {
    name,
    people: read('person'),
    ...(organizations !== undefined && { organizations: read('organization') }),
    ...(memberships !== undefined && { memberships: read('membership') }),
    ...(groups !== undefined && { groups: read('group') }),
    async count(kind) {
      const statement = statements[kind]
      if (statement === undefined) return 0
      const counting = `select pg_catalog.count(*)::text as rows from (${inner(statement)}) as source`
      const [row] = await asked(kind, () => query(counting, []))
      return Number(row?.['rows'])
    },
  }
}

interface Reading extends ReadOptions {
  readonly kind: Kind
  readonly pageSize: number
}

async function* pages(query: Query, statement: string | undefined, reading: Reading): AsyncGenerator {
  if (statement === undefined) return
  const { kind, pageSize, signal } = reading
  const source = inner(statement)
  const key = await asked(kind, () => keyOf(query, source, kind))
  if (key === null) return
  let last: readonly string[] | null = null
  for (;;) {
    signal.throwIfAborted()
    const from: readonly string[] = last ?? []
    const rows = await asked(kind, () => query(pageSql(source, key, from.length > 0), [String(pageSize), ...from]))
    for (const row of rows) yield JSON.parse(String(row['row']))
    if (rows.length < pageSize) return
    last = key.columns.map((_, place) => String(rows.at(-1)?.[`key_${place}`]))
  }
}

/** Syntax errors and missing names; 42501 is a missing privilege. */
const OF_THE_STATEMENT = /^42(?!501)/
/** Something computed from rows, such as a cast or a division. */
const OF_A_ROW = /^2[12]/

/**
 * Tells the statement's author that the statement is wrong rather than a table of ours. PostgreSQL's messages about
 * rows may repeat them.
 */
async function asked<T>(kind: Kind, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    if (typeof code !== 'string') throw error
    if (OF_THE_STATEMENT.test(code))
      throw optionError(`sqlSource.${OPTION_OF[kind]}`, `is refused by PostgreSQL (${code}): ${String(message)}`)
    if (OF_A_ROW.test(code))
      throw optionError(`sqlSource.${OPTION_OF[kind]}`, `fails at a row of it in PostgreSQL (${code})`)
    throw error
  }
}

interface Keyset {
  readonly columns: readonly string[]
  readonly types: readonly string[]
  /** Every id column that exists. */
  readonly ids: readonly string[]
}

/** Null: there are no rows. */
async function keyOf(query: Query, source: string, kind: Kind): Promise<Keyset | null> {
  const [row] = await query(
    `select (select pg_catalog.json_object_agg(k, true) from pg_catalog.json_object_keys(pg_catalog.to_json(source)) as k)::text as names
from (${source}) as source limit 1`,
    [],
  )
  if (row === undefined) return null
  const names = Object.keys(JSON.parse(String(row['names'])) as object)
  // Usually, a row per person and organization has no id of its own.
  const columns = kind === 'membership' && names.includes('id') ? ['id'] : KEYS[kind]
  const missing = columns.find((column) => !names.includes(column))
  if (missing !== undefined)
    throw optionError(`sqlSource.${OPTION_OF[kind]}`, `selects no column "${missing}"; it selects ${names.join(', ')}`)
  const [types] = await query(
    `select ${columns.map((column, place) => `pg_catalog.pg_typeof(source."${column}")::text as type_${place}`).join(', ')}
from (${source}) as source limit 1`,
    [],
  )
  return {
    columns,
    types: columns.map((_, place) => String(types?.[`type_${place}`])),
    ids: IDS.filter((id) => names.includes(id)),
  }
}

function pageSql(source: string, { columns, types, ids }: Keyset, isLater: boolean): string {
  // Texts in byte order: a locale's order may take two of them for one.
  const ordered = columns.map((column, place) => `source."${column}"${isText(types[place]) ? ' collate "C"' : ''}`)
  const later = `(${ordered.join(', ')}) > (${types.map((type, place) => `$${place + 2}::text::${type}`).join(', ')})`
  const exact = ids.flatMap((id) => [`'${id}'`, `source."${id}"::text`])
  return `select (pg_catalog.to_jsonb(source) || pg_catalog.jsonb_build_object(${exact.join(', ')}))::text as row,
  ${columns.map((column, place) => `source."${column}"::text as key_${place}`).join(', ')}
from (${source}) as source where ${isLater ? later : columns.map((column) => `source."${column}" is not null`).join(' and ')}
order by ${ordered.join(', ')} limit $1::text::integer`
}

function isText(type = ''): boolean {
  return ['text', 'character varying', 'character', 'name'].includes(type)
}

function inner(statement: string): string {
  return `${statement.trim().replace(/;+$/, '')}\n`
}

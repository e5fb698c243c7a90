import * as z from 'zod/mini'
import type { SourceAbout } from '../../route/about.js'
import { functionOption, object } from '../../settings/schemas.js'
import { parseOptions } from '../../settings/options.js'
import { askedQuery } from '../../sql/asked-query.js'
import { isSpelled, toBoolean, type DateInput } from '../../sql/column-values.js'
import { identifier, quote, type Query, type Row } from '../../sql/names.js'
import { sqlStateOf } from '../../sql/sql-state.js'
import type { FindStoredSession } from './options.js'

/** The table of sessions and the meaning of its columns. */
export interface SessionRowsOptions {
  /** May include a schema: `auth.user_session`. */
  readonly table: string
  /** Columns of that table. Columns left out are not read. */
  readonly columns: {
    /** The look-up key: the token, its hash or its id, as `storedAs` says. */
    readonly key: string
    /** Null in a row if nobody has signed in. */
    readonly userId: string
    readonly expiresAt?: string
    readonly createdAt?: string
    readonly lastUsedAt?: string
    /** For tokens `<id>.<secret>`. */
    readonly secretHash?: string
    /** A public name of the session, for `auth.revoke({ session })`; never the token. */
    readonly id?: string
    readonly organization?: string
  }
  /**
   * The table of users. A session whose user no longer exists counts as unknown. Default: not read, so deleted and
   * deactivated users go unnoticed.
   */
  readonly users?: {
    readonly table: string
    readonly columns: {
      readonly id: string
      readonly email?: string
      /** Null counts as false. */
      readonly isActive?: string
      /** A list, or comma-separated text. */
      readonly roles?: string
    }
  }
}

const column = z.exactOptional(identifier)
const schema = object({
  table: identifier,
  columns: object({
    key: identifier,
    userId: identifier,
    expiresAt: column,
    createdAt: column,
    lastUsedAt: column,
    secretHash: column,
    id: column,
    organization: column,
  }),
  users: z.exactOptional(
    object({
      table: identifier,
      columns: object({ id: identifier, email: column, isActive: column, roles: column }),
    }),
  ),
})

/** Dates are read as text, because drivers treat a timestamp without a time zone as local time. */
const DATES: readonly string[] = ['expiresAt', 'createdAt', 'lastUsedAt']
/** SQLSTATE class: the text is not valid for the column's type, such as junk for a UUID column. */
const DATA_EXCEPTION = '22'

/**
 * Finds sessions in the team's own table, with one SELECT by key.
 *
 * @param driver Any driver: `(sql, params) => rows`. A rejection means "cannot tell"; its code and the safe parts of
 *   its message are passed on.
 * @throws {AuthError} `configuration_invalid`: a name is not an SQL identifier.
 */
export function sessionRows(driver: Query, options: SessionRowsOptions): FindStoredSession {
  const option = 'sessionRows.query'
  const query = askedQuery(parseOptions(functionOption<Query>(), driver, option), option, null)
  const { table, columns, users } = parseOptions(schema, options, 'sessionRows')
  const { key } = columns
  const selected = [
    ...columnsOf('s', columns),
    ...(users === undefined
      ? []
      : columnsOf('u', users.columns).map((text) => text.replace('"dualauth_', '"dualauth_u_'))),
  ]
  const join =
    users === undefined
      ? ''
      : ` LEFT JOIN ${quote(users.table)} u ON u.${quote(users.columns.id)} = s.${quote(columns.userId)}`
  const select = `SELECT ${selected.join(', ')} FROM ${quote(table)} s${join} WHERE s.${quote(key)} = $1`
  const find: FindStoredSession = async (value) => {
    const row = await firstRow(query, select, value)
    if (row === null) return null
    const of = <T>(name: string): T | null => (row[`dualauth_${name.toLowerCase()}`] ?? null) as T | null
    if (!isSpelled(of('key'), value)) return null
    const userId = of<string | number>('userId')
    if (users !== undefined && userId !== null && of('u_id') === null) return null
    const isActive = users?.columns.isActive === undefined ? true : toBoolean(of<boolean>('u_isActive'))
    return {
      userId,
      expiresAt: of<DateInput>('expiresAt'),
      createdAt: of<DateInput>('createdAt'),
      lastUsedAt: of<DateInput>('lastUsedAt'),
      secretHash: of<Uint8Array | string>('secretHash'),
      id: of<string | number>('id'),
      organization: of<string | number>('organization'),
      email: of<string>('u_email'),
      roles: rolesOf(of<readonly string[] | string>('u_roles')),
      isActive,
    }
  }
  // Runs the real statement, which finds nothing but fails if a table or column is missing.
  return Object.assign(find, { ready: () => query(select, [null]), about: aboutOf(table, columns, users) })
}

function aboutOf(
  table: string,
  columns: SessionRowsOptions['columns'],
  users: SessionRowsOptions['users'],
): SourceAbout {
  return {
    kind: 'sql',
    reader: 'sessionRows',
    tables: [
      { role: 'session', table, columns: { ...columns } },
      ...(users === undefined ? [] : [{ role: 'user' as const, table: users.table, columns: { ...users.columns } }]),
    ],
  }
}

function columnsOf(alias: string, columns: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(columns).flatMap(([field, name]) => {
    if (name === undefined) return []
    const read = `${alias}.${quote(name)}`
    // In lower case, because some databases change the case of names.
    return `${DATES.includes(field) ? `CAST(${read} AS text)` : read} AS "dualauth_${field.toLowerCase()}"`
  })
}

async function firstRow(query: Query, select: string, value: string): Promise<Row | null> {
  try {
    return (await query(select, [value]))[0] ?? null
  } catch (error) {
    if (sqlStateOf(error)?.startsWith(DATA_EXCEPTION) === true) return null
    throw error
  }
}

function rolesOf(stored: readonly string[] | string | null): readonly string[] | null {
  if (typeof stored !== 'string') return stored
  return stored
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '')
}

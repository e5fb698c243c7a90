import * as z from 'zod/mini'
import { functionOption, isObject, object } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import { inFormOf, isSpelled } from '../../../sql/column-values.js'
import { askedQuery, statementTimeout } from '../../../sql/asked-query.js'
import type { FoundSession, SessionSource } from './session.js'
import { namesOf, namesSchema, type Columns, type Query, type Row } from '../../../sql/names.js'
import { MEMBER_FIELDS, memberRoles } from './sql-members.js'
import { readUserRow, selectedUser, USER_FIELDS } from './sql-users.js'

/** The options of `sqlSessions`: names of tables and columns, and whether organizations are used. */
export interface SqlSessionsOptions {
  /** Default `session`, `user` and `member`. May include a schema: `auth.session`. */
  readonly tables?: { readonly session?: string; readonly user?: string; readonly member?: string }
  /**
   * Column names: `camelCase` (Kysely, Prisma; the default), `snake_case` (Drizzle's generator), or, for each table, a
   * map from Better Auth's field to the column for names that differ.
   */
  readonly columns?: Columns<'session' | 'user' | 'member'>
  /**
   * Organization plugin: the active organization is used while the user is a member of it, with the member's roles.
   * Default false: no organization.
   */
  readonly organizations?: boolean
  /**
   * The Better Auth instance of these tables, if it runs in this process. Its settings are checked at construction: an
   * instance that keeps rows of ended sessions is refused, because they look current.
   */
  readonly instance?: { readonly options: unknown }
  /** How long to wait for one statement, in milliseconds. Default 3000, at most 60000. */
  readonly timeoutMs?: number
}

const TABLES = ['session', 'user', 'member'] as const
const schema = object({
  ...namesSchema(TABLES),
  organizations: z._default(z.boolean(), false),
  instance: z.exactOptional(
    z.custom<{ options: unknown }>((value) => isObject(value) && 'options' in value, 'a Better Auth instance'),
  ),
  timeoutMs: statementTimeout,
})

const SESSION = [
  'id',
  'token',
  'userId',
  'expiresAt',
  'createdAt',
  'updatedAt',
  'impersonatedBy',
  'activeOrganizationId',
] as const

/**
 * Finds sessions in Better Auth's own tables with one SELECT by token, joined with the user. Columns of plugins
 * (`role`, `banned`, `banExpires`, `impersonatedBy`) are used where they exist.
 *
 * A row is trusted. If Better Auth before 1.7 keeps rows of ended sessions (`secondaryStorage` with
 * `preserveSessionInDatabase`), use `redisSessions`, because only the storage knows which sessions have ended.
 *
 * @param driver Any driver: `(sql, params) => rows`. A rejection means "cannot tell"; its code and safe text are passed
 *   on.
 * @throws {AuthError} `configuration_invalid`: a name is not an SQL identifier.
 */
export function sqlSessions(driver: Query, options: SqlSessionsOptions = {}): SessionSource {
  const option = 'sqlSessions.query'
  parseOptions(functionOption<Query>(), driver, option)
  const { tables, columns, organizations, instance, timeoutMs } = parseOptions(schema, options, 'sqlSessions')
  const query = askedQuery(driver, option, timeoutMs)
  if (instance !== undefined && keepsEndedRows(instance.options))
    throw optionError(
      'sqlSessions.instance',
      'keeps the rows of ended sessions (`preserveSessionInDatabase`), which look current before Better Auth 1.7; use redisSessions over its secondary storage',
    )
  const session = namesOf('session', SESSION, tables, columns)
  const user = namesOf('user', USER_FIELDS, tables, columns)
  const member = namesOf('member', MEMBER_FIELDS, tables, columns)
  const [s, u, m] = [session.columns, user.columns, member.columns]
  // `*` includes the columns of plugins, if they exist. Dates are read as text, because drivers treat a timestamp
  // without a time zone as local time, but Better Auth writes UTC.
  const select = [
    `SELECT s.*, ${selectedUser('u', user)}, s.${s.id} AS dualauth_id, s.${s.userId} AS dualauth_userid, s.${s.token} AS dualauth_token,`,
    `CAST(s.${s.expiresAt} AS text) AS dualauth_expiresat, CAST(s.${s.createdAt} AS text) AS dualauth_createdat`,
    organizations ? `, m.${m.organizationId} AS dualauth_organization, m.${m.role} AS dualauth_role` : '',
    `FROM ${session.table} s LEFT JOIN ${user.table} u ON u.${u.id} = s.${s.userId}`,
    organizations
      ? `LEFT JOIN ${member.table} m ON m.${m.organizationId} = s.${s.activeOrganizationId} AND m.${m.userId} = s.${s.userId}`
      : '',
    `WHERE s.${s.token} = $1`,
  ].join(' ')
  const update =
    `UPDATE ${session.table} SET ${s.expiresAt} = $1, ${s.updatedAt} = $2 ` +
    `WHERE ${s.token} = $3 AND CAST(${s.expiresAt} AS text) = $4 RETURNING ${s.id}`
  const looked = organizations ? [session, user, member] : [session, user]
  return {
    organizations,
    timeoutMs,
    about: {
      kind: 'sql',
      reader: 'sqlSessions',
      tables: looked.map(({ name, plain }, place) => ({ role: TABLES[place]!, table: name, columns: plain })),
    },
    // Runs the real statement, which finds nothing but fails if a table or column is missing.
    ready: () => query(select, [null]),
    async find(token) {
      const rows = await query(select, [token])
      const [row] = rows
      if (row === undefined || !isSpelled(row['dualauth_token'], token)) return null
      return {
        session: {
          id: row['dualauth_id'] as string,
          userId: row['dualauth_userid'] as string,
          expiresAt: row['dualauth_expiresat'] as string,
          createdAt: row['dualauth_createdat'] as string,
          impersonatedBy: (row[session.plain.impersonatedBy] ?? null) as string | null,
        },
        user: await readUserRow(row, query, user),
        organization: membershipOf(rows),
      }
    },
    async extend(token, from, to, now) {
      const rows = await query(update, [inFormOf(from, to), inFormOf(from, now), token, String(from)])
      return rows.length > 0
    },
  }
}

function membershipOf(rows: readonly Row[]): NonNullable<FoundSession['organization']> | null {
  const id = rows[0]?.['dualauth_organization'] ?? null
  if (id === null) return null
  return { id: String(id), roles: memberRoles(rows) }
}

/**
 * With secondary storage, only the storage knows which sessions are over; before 1.7, the row of an ended session does
 * not change.
 */
function keepsEndedRows(options: unknown): boolean {
  const { secondaryStorage, session } = (options ?? {}) as {
    readonly secondaryStorage?: unknown
    readonly session?: { readonly preserveSessionInDatabase?: unknown } | null
  }
  return isObject(secondaryStorage) && session?.preserveSessionInDatabase === true
}

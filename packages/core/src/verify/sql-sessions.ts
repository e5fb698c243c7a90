import * as z from 'zod/mini'
import { functionOption, optionError, parseOptions } from '../errors/options.js'
import type { FindSession, FoundSession } from './better-auth-session.js'

/** Runs one statement with `$1…$n` placeholders and returns its rows as objects. */
export type Query = (sql: string, params: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Where Better Auth's tables and columns have other names. */
export interface SqlSessionsOptions {
  /** Default `session` and `user`. A schema may stand in front: `auth.session`. */
  readonly tables?: { readonly session?: string; readonly user?: string }
  /**
   * Column names: `camelCase` (Kysely, Prisma; the default), `snake_case` (Drizzle's generator), or
   * a map from Better Auth's field to the column for those that differ.
   */
  readonly columns?:
    | 'camelCase'
    | 'snake_case'
    | { readonly session?: Readonly<Record<string, string>>; readonly user?: Readonly<Record<string, string>> }
}

const identifier = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/))
const map = z.optional(z.record(z.string(), identifier))
const schema = z.strictObject({
  tables: z.optional(z.strictObject({ session: z.optional(identifier), user: z.optional(identifier) })),
  columns: z.optional(z.union([z.enum(['camelCase', 'snake_case']), z.strictObject({ session: map, user: map })])),
})

const SESSION = ['id', 'token', 'userId', 'expiresAt', 'createdAt'] as const
const USER = ['id', 'email', 'emailVerified', 'name', 'image', 'role', 'banned', 'banExpires'] as const

/**
 * Finds sessions in Better Auth's own tables with one SELECT by token, joined with the user.
 * Columns of plugins (`role`, `banned`, `banExpires`, `impersonatedBy`) are used where they exist.
 *
 * @param query Any driver: `(sql, params) => rows`. A rejection means "cannot tell".
 * @throws {AuthError} `configuration_invalid`: a name that is no SQL identifier.
 */
export function sqlSessions(query: Query, options: SqlSessionsOptions = {}): FindSession {
  parseOptions(functionOption<Query>(), query, 'sqlSessions.query')
  const { tables, columns } = parseOptions(schema, options, 'sqlSessions')
  const session = columnNames(SESSION, columns, 'session')
  const user = columnNames(USER, columns, 'user')
  const impersonatedBy = columnNames(['impersonatedBy'], columns, 'session').impersonatedBy as string
  // `*` brings the columns of plugins where they exist; what both tables have goes by an alias.
  const sql =
    `SELECT s.*, u.*, ${SESSION.filter((field) => field !== 'token')
      .map((field) => `s.${quote(session[field])} AS dualauth_${field.toLowerCase()}`)
      .join(', ')}, ` +
    `u.${quote(user.id)} AS dualauth_user FROM ${quote(tables?.session ?? 'session')} s ` +
    `LEFT JOIN ${quote(tables?.user ?? 'user')} u ON u.${quote(user.id)} = s.${quote(session.userId)} WHERE s.${quote(session.token)} = $1`
  return async (token) => {
    const rows = await query(sql, [token])
    const row = rows[0]
    if (row === undefined) return null
    const read = (name: string) => row[name] as never
    return {
      session: {
        id: read('dualauth_id'),
        userId: read('dualauth_userid'),
        expiresAt: read('dualauth_expiresat'),
        createdAt: read('dualauth_createdat'),
        impersonatedBy: read(impersonatedBy) ?? null,
      },
      user: row['dualauth_user'] === null || row['dualauth_user'] === undefined ? null : readUser(row, user),
    } satisfies FoundSession
  }
}

function readUser(
  row: Readonly<Record<string, unknown>>,
  names: Record<(typeof USER)[number], string>,
): FoundSession['user'] {
  const read = (field: (typeof USER)[number]) => row[names[field]] as never
  return {
    id: row['dualauth_user'] as string,
    email: read('email') ?? null,
    emailVerified: read('emailVerified') ?? null,
    name: read('name') ?? null,
    image: read('image') ?? null,
    role: read('role') ?? null,
    banned: read('banned') ?? null,
    banExpires: read('banExpires') ?? null,
  }
}

function columnNames<const F extends string>(
  fields: readonly F[],
  columns: z.output<typeof schema>['columns'],
  table: 'session' | 'user',
): Record<F, string> {
  const given = typeof columns === 'object' ? columns[table] : undefined
  const name = (field: string) =>
    columns === 'snake_case'
      ? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      : (given?.[field] ?? field)
  return Object.fromEntries(fields.map((field) => [field, name(field)])) as Record<F, string>
}

function quote(name: string | undefined): string {
  if (name === undefined) throw optionError('sqlSessions.columns', 'misses a column')
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}

import { functionOption, object } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import { toBoolean } from '../../../sql/column-values.js'
import { askedQuery, statementTimeout } from '../../../sql/asked-query.js'
import type { MaybePromise } from '../../../async/maybe-promise.js'
import type { FoundUser } from './session.js'
import { namesOf, namesSchema, type Columns, type Query, type Row, type TableNames } from '../../../sql/names.js'

/** The options of `sqlUsers`: names of the table and columns. */
export interface SqlUsersOptions {
  /** Default `user`. May include a schema: `auth.user`. */
  readonly tables?: { readonly user?: string }
  /** `camelCase`, the default, `snake_case`, or `{ user: { field: column } }`. */
  readonly columns?: Columns<'user'>
  /** How long to wait for one statement, in milliseconds. Default 3000, at most 60000. */
  readonly timeoutMs?: number
}

const schema = object({ ...namesSchema(['user']), timeoutMs: statementTimeout })

/** Finds a user by id. Null: there is none. A throw means "cannot tell". */
export interface FindUser {
  (userId: string): Promise<FoundUser | null>
  /** Rejects if users cannot be looked up now. For `auth.ready()`. */
  ready?(): MaybePromise<unknown>
}

export const USER_FIELDS = ['id', 'email', 'emailVerified', 'name', 'image', 'role', 'banned', 'banExpires'] as const
export type UserNames = TableNames<(typeof USER_FIELDS)[number]>

/**
 * Finds users in Better Auth's own table, for sources that have only a copy of them.
 *
 * @throws {AuthError} `configuration_invalid`: a name is not an SQL identifier.
 */
export function sqlUsers(driver: Query, options: SqlUsersOptions = {}): FindUser {
  const option = 'sqlUsers.query'
  parseOptions(functionOption<Query>(), driver, option)
  const { tables, columns, timeoutMs } = parseOptions(schema, options, 'sqlUsers')
  return findUsers(askedQuery(driver, option, timeoutMs), namesOf('user', USER_FIELDS, tables, columns))
}

function findUsers(query: Query, names: UserNames): FindUser {
  const findRow = findUserRows(query, names)
  const find = async (userId: string): Promise<FoundUser | null> => {
    const row = await findRow(userId)
    return row === null ? null : readUserRow(row, query, names)
  }
  return Object.assign(find, { ready: () => findRow(null) })
}

/** The column with the user's id, which shows whether a user was found. */
export const USER_ID = 'dualauth_user'

/** The columns that `readUserRow` reads from the user's table with this alias. */
export function selectedUser(alias: string, { columns }: UserNames): string {
  return `${alias}.*, ${alias}.${columns.id} AS ${USER_ID}`
}

/** @returns A function that finds a row; none for null, which fits every type of id. */
export function findUserRows(query: Query, names: UserNames): (userId: string | null) => Promise<Row | null> {
  const sql = `SELECT ${selectedUser('u', names)} FROM ${names.table} u WHERE u.${names.columns.id} = $1`
  return async (userId) => (await query(sql, [userId]))[0] ?? null
}

/** The user in a row with the columns of `selectedUser`; null if a join found none. */
export async function readUserRow(row: Row, query: Query, names: UserNames): Promise<FoundUser | null> {
  const id = row[USER_ID] as string | number | null | undefined
  if (id === null || id === undefined) return null
  const read = <Field extends (typeof USER_FIELDS)[number]>(field: Field) =>
    (row[names.plain[field]] ?? null) as Exclude<FoundUser[Field], undefined> | null
  const user = {
    id,
    email: read('email'),
    emailVerified: read('emailVerified'),
    name: read('name'),
    image: read('image'),
    role: read('role'),
    banned: read('banned'),
    banExpires: read('banExpires'),
  }
  return user.banExpires instanceof Date && toBoolean(user.banned)
    ? { ...user, banExpires: await exactEnd(id, query, names) }
    : user
}

/** Drivers treat a timestamp without a time zone as local time; the text is what Better Auth wrote, which is UTC. */
async function exactEnd(id: string | number, query: Query, { table, columns }: UserNames): Promise<string | null> {
  const sql = `SELECT CAST(${columns.banExpires} AS text) AS dualauth_end FROM ${table} WHERE ${columns.id} = $1`
  const [row] = await query(sql, [id])
  return (row?.['dualauth_end'] ?? null) as string | null
}

import * as z from 'zod/mini'
import type { SourceAbout } from '../../route/about.js'
import { parseOptions } from '../../settings/options.js'
import { functionOption, object } from '../../settings/schemas.js'
import { isSpelled, type DateInput } from '../../sql/column-values.js'
import { askedQuery } from '../../sql/asked-query.js'
import { namesOf, namesSchema, type Columns, type Query } from '../../sql/names.js'
import type { FindAuthJsSession } from './stored-session.js'

/** Names of the Auth.js tables and columns, if they differ. */
export interface AuthJsSessionsOptions {
  /**
   * Default `sessions` and `users`, as in `@auth/pg-adapter`; Prisma uses `Session` and `User`, Drizzle `session` and
   * `user`.
   */
  readonly tables?: { readonly session?: string; readonly user?: string }
  /** `camelCase` (the default: `sessionToken`, `userId`), `snake_case`, or a map per table of the names that differ. */
  readonly columns?: Columns<'session' | 'user'>
  /**
   * Whether sessions have an `id` besides their token, for `auth.revoke({ session })`, as with pg-adapter and Prisma.
   * Default false.
   */
  readonly sessionIds?: boolean
}

const schema = object({ ...namesSchema(['session', 'user']), sessionIds: z._default(z.boolean(), false) })

/**
 * Finds database sessions of Auth.js in its adapter's tables, with one SELECT by token, joined with the user.
 *
 * @param driver Any driver: `(sql, params) => rows`. A rejection means "cannot tell"; its code and the safe parts of
 *   its message are passed on.
 * @throws {AuthError} `configuration_invalid`: a name is not an SQL identifier.
 */
export function authJsSessions(driver: Query, options: AuthJsSessionsOptions = {}): FindAuthJsSession {
  const option = 'authJsSessions.query'
  const query = askedQuery(parseOptions(functionOption<Query>(), driver, option), option, null)
  const { tables, columns, sessionIds } = parseOptions(schema, options, 'authJsSessions')
  const named = { session: 'sessions', user: 'users', ...tables }
  const session = namesOf('session', ['id', 'sessionToken', 'userId', 'expires'], named, columns)
  const user = namesOf('user', ['id', 'name', 'email', 'image'], named, columns)
  const [s, u] = [session.columns, user.columns]
  // `*` includes columns that the app added. Dates are read as text, because drivers treat a timestamp without a time
  // zone as local time.
  const select = [
    `SELECT u.*, u.${u.id} AS dualauth_user, s.${s.userId} AS dualauth_userid, s.${s.sessionToken} AS dualauth_token,`,
    `CAST(s.${s.expires} AS text) AS dualauth_expires`,
    sessionIds ? `, s.${s.id} AS dualauth_id` : '',
    `FROM ${session.table} s LEFT JOIN ${user.table} u ON u.${u.id} = s.${s.userId}`,
    `WHERE s.${s.sessionToken} = $1`,
  ].join(' ')
  const { id, sessionToken: token, userId, expires } = session.plain
  const about: SourceAbout = {
    kind: 'sql',
    reader: 'authJsSessions',
    tables: [
      {
        role: 'session',
        table: session.name,
        columns: { sessionToken: token, userId, expires, ...(sessionIds && { id }) },
      },
      { role: 'user', table: user.name, columns: { id: user.plain.id } },
    ],
  }
  const find: FindAuthJsSession = async (sessionToken) => {
    const [row] = await query(select, [sessionToken])
    if (row === undefined) return null
    const { dualauth_user, dualauth_userid, dualauth_token, dualauth_expires, dualauth_id, ...own } = row
    if (!isSpelled(dualauth_token, sessionToken)) return null
    const plain = Object.fromEntries((['name', 'email', 'image'] as const).map((name) => [name, own[user.plain[name]]]))
    return {
      session: {
        userId: dualauth_userid as string,
        expires: dualauth_expires as DateInput,
        id: (dualauth_id ?? null) as string | null,
      },
      user: dualauth_user === null ? null : { ...own, ...plain, id: dualauth_user as string },
    }
  }
  // Runs the real statement, which finds nothing but fails if a table or column is missing.
  return Object.assign(find, { ready: () => query(select, [null]), about })
}

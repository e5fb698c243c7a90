import { inTime } from '../../../async/in-time.js'
import { plainError } from '../../../errors/plain-error.js'
import { wrongAnswer } from '../../../errors/unanswered.js'
import { functionOption, object } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import { askedQuery, statementTimeout } from '../../../sql/asked-query.js'
import { namesOf, namesSchema, type Columns, type Query, type Row, type TableNames } from '../../../sql/names.js'
import { UNREADABLE } from '../../../settings/claim-source.js'
import type { MaybePromise } from '../../../async/maybe-promise.js'
import { rolesOf } from './judge-session.js'
import type { ReadSession } from './read-session.js'
import type { FoundSession } from './session.js'

/** The options of `sqlMembers`: names of the table and columns. */
export interface SqlMembersOptions {
  /** Default `member`. May include a schema: `auth.member`. */
  readonly tables?: { readonly member?: string }
  /** `camelCase`, the default, `snake_case`, or `{ member: { field: column } }`. */
  readonly columns?: Columns<'member'>
  /** How long to wait for one statement, in milliseconds. Default 3000, at most 60000. */
  readonly timeoutMs?: number
}

const schema = object({ ...namesSchema(['member']), timeoutMs: statementTimeout })

/**
 * Finds whether a user is a member of an organization, and with which roles, such as `owner`. Null: not a member. A
 * throw means "cannot tell".
 */
export interface FindMember {
  (userId: string, organizationId: string): MaybePromise<{ readonly roles?: readonly string[] } | null>
  /** Rejects if members cannot be looked up now. For `auth.ready()`. */
  ready?(): MaybePromise<unknown>
}

export const MEMBER_FIELDS = ['organizationId', 'userId', 'role'] as const

/**
 * Finds members in the table of Better Auth's organization plugin, for sources that know only the id of the active
 * organization, which does not prove membership.
 *
 * @throws {AuthError} `configuration_invalid`: a name is not an SQL identifier.
 */
export function sqlMembers(driver: Query, options: SqlMembersOptions = {}): FindMember {
  const option = 'sqlMembers.query'
  parseOptions(functionOption<Query>(), driver, option)
  const { tables, columns, timeoutMs } = parseOptions(schema, options, 'sqlMembers')
  const query = askedQuery(driver, option, timeoutMs)
  const sql = memberSelect(namesOf('member', MEMBER_FIELDS, tables, columns))
  const find = async (
    userId: string,
    organizationId: string,
  ): Promise<{ readonly roles: readonly string[] } | null> => {
    const rows = await query(sql, [organizationId, userId])
    return rows.length === 0 ? null : { roles: memberRoles(rows) }
  }
  // Finds nothing, whatever the type of an id.
  return Object.assign(find, { ready: () => query(sql, [null, null]) })
}

function memberSelect({
  table,
  columns: { organizationId, userId, role },
}: TableNames<(typeof MEMBER_FIELDS)[number]>): string {
  return `SELECT m.${role} AS dualauth_role FROM ${table} m WHERE m.${organizationId} = $1 AND m.${userId} = $2`
}

/** Better Auth allows a user to be a member twice; the roles of both then count. */
export function memberRoles(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => rolesOf(row['dualauth_role'] as string | null)))]
}

/**
 * The active organization of a session, if its user is a member; null if membership cannot be looked up.
 *
 * @throws {Error} for "cannot tell": the session's organization cannot be read.
 */
export async function activeOrganization(
  { found: { session }, organizationId }: ReadSession,
  members: FindMember | undefined,
): Promise<NonNullable<FoundSession['organization']> | null> {
  if (members === undefined || organizationId === null) return null
  if (organizationId === UNREADABLE) throw plainError('session: activeOrganizationId is not an id')
  const member: unknown = await inTime(() => members(String(session.userId), organizationId), null, 'members')
  if (member === null || member === undefined) return null
  const { roles = [] } = member as { readonly roles?: unknown }
  // `true` from an app's own function names no roles and must not count as membership.
  if (typeof member !== 'object' || !Array.isArray(roles) || !roles.every((role) => typeof role === 'string'))
    throw wrongAnswer('members', member, 'null or `{ roles }`, a list of names')
  return { id: organizationId, roles }
}

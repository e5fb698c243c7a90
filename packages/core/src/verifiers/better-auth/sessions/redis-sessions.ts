import * as z from 'zod/mini'
import { between, functionOption, isObject, object } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import type { MaybePromise } from '../../../async/maybe-promise.js'
import { inTime } from '../../../async/in-time.js'
import { plainError } from '../../../errors/plain-error.js'
import { wrongAnswer } from '../../../errors/unanswered.js'
import { toMilliseconds, type DateInput } from '../../../sql/column-values.js'
import { sourceReady } from '../../../verify/source-ready.js'
import type { SourceAbout } from '../../../route/about.js'
import { readSession } from './read-session.js'
import type { FindSession, FoundSession } from './session.js'
import { activeOrganization, type FindMember } from './sql-members.js'
import type { FindUser } from './sql-users.js'

/** Reads one key of Better Auth's secondary storage. It may return a value as text or already parsed. */
export type GetValue = (key: string) => MaybePromise<unknown>

/** The options of `redisSessions`. */
export interface RedisSessionsOptions {
  /**
   * Put in front of every key. Default `better-auth:`, as in the official Redis storage; `''` for the app's own
   * storage.
   */
  readonly prefix?: string
  /** `sqlUsers(query)`: reads the current user. Without it, bans and deletions since the sign-in are not noticed. */
  readonly users?: FindUser
  /**
   * `sqlMembers(query)`, with the organization plugin: the active organization is used while the user is a member of
   * it, with the member's roles. Default: no organization.
   */
  readonly members?: FindMember
  /**
   * How long to wait for one key, in milliseconds, because clients queue commands while the connection is down. Default
   * 1000, at most 60000.
   */
  readonly timeoutMs?: number
}

const GET = 'redisSessions.get'
const STORED = 'a text of JSON, what it says, or null'

const schema = object({
  prefix: z._default(z.string(), 'better-auth:'),
  users: z.exactOptional(functionOption<FindUser>()),
  members: z.exactOptional(functionOption<FindMember>()),
  timeoutMs: z._default(between(1, 60_000), 1_000),
})

/**
 * Finds sessions in Better Auth's secondary storage, where a sign-out deletes them. The user stored with a session is a
 * copy from the time it was written; `users` reads the current one.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function redisSessions(get: GetValue, options: RedisSessionsOptions = {}): FindSession {
  parseOptions(functionOption<GetValue>(), get, GET)
  const { prefix, users, members, timeoutMs } = parseOptions(schema, options, 'redisSessions')
  const read = async (key: string): Promise<unknown> => {
    const value = await inTime(() => get(prefix + key), timeoutMs, GET)
    // Otherwise every session would look ended.
    if (ArrayBuffer.isView(value)) throw wrongAnswer(GET, value, STORED)
    return value
  }
  const find = async (token: string): Promise<FoundSession | null> => {
    const value = parse(await read(token))
    const known = readSession(value)
    // The store has other keys, and the server signs other texts, but only a session has its own key as its token.
    if (known === null || known.token !== token) return null
    const { session } = known.found
    const userId = String(session.userId)
    const [revokedBefore, user, organization] = await Promise.all([
      read(`revoked-sessions-before-${userId}`),
      users === undefined ? known.found.user : inTime(() => users(userId), null, 'users'),
      activeOrganization(known, members),
    ])
    return isRevoked(session, revokedBefore) ? null : { session, user, organization }
  }
  const about: SourceAbout = { kind: 'redis', prefix }
  return Object.assign(find, {
    organizations: members !== undefined,
    timeoutMs,
    about,
    // Reads a key that nobody writes, because `get` is the only way to ask.
    ready: () =>
      Promise.all([
        read('dualauth-ready'),
        sourceReady(users, 'redisSessions.users'),
        sourceReady(members, 'redisSessions.members'),
      ]),
  })
}

/** 1.7.16 and later store when all of a user's sessions were ended. */
function isRevoked({ createdAt }: FoundSession['session'], revokedBefore: unknown): boolean {
  if (revokedBefore === null || revokedBefore === undefined) return false
  const limit = toMilliseconds(revokedBefore as DateInput)
  const created = toMilliseconds(createdAt)
  if (limit === null) throw wrongAnswer(GET, revokedBefore, 'the moment when all sessions of a user were ended')
  return created === null || created < limit
}

function parse(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') {
    if (!isObject(value) || Array.isArray(value)) throw wrongAnswer(GET, value, STORED)
    return value
  }
  try {
    return JSON.parse(value)
  } catch {
    // The parser's own message quotes the stored value, which may contain an e-mail address.
    throw plainError(`${GET}: answered with a text that is not JSON`)
  }
}

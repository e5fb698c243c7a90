import * as z from 'zod/mini'
import { between, functionOption, object } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import type { MaybePromise } from '../../../async/maybe-promise.js'
import { within } from '../../../async/within.js'
import { toMilliseconds, type DateInput } from '../../../sql/column-values.js'
import { sourcesReady } from '../../../verify/source-ready.js'
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
  parseOptions(functionOption<GetValue>(), get, 'redisSessions.get')
  const { prefix, users, members, timeoutMs } = parseOptions(schema, options, 'redisSessions')
  const read = async (key: string): Promise<unknown> => {
    const answer = await within((async () => ({ value: await get(prefix + key) }))(), timeoutMs)
    if (answer === null) throw new Error('redisSessions: no answer in time')
    return answer.value
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
      users === undefined ? known.found.user : users(userId),
      activeOrganization(known, members),
    ])
    return isRevoked(session, revokedBefore) ? null : { session, user, organization }
  }
  const about: SourceAbout = { kind: 'redis', prefix }
  return Object.assign(find, {
    organizations: members !== undefined,
    about,
    // Reads a key that nobody writes, because `get` is the only way to ask.
    ready: () => sourcesReady({ ready: () => read('dualauth-ready') }, users, members),
  })
}

/** 1.7.16 and later store when all of a user's sessions were ended. */
function isRevoked({ createdAt }: FoundSession['session'], revokedBefore: unknown): boolean {
  if (revokedBefore === null || revokedBefore === undefined) return false
  const limit = toMilliseconds(revokedBefore as DateInput)
  const created = toMilliseconds(createdAt)
  return limit === null || created === null || created < limit
}

function parse(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    // The parser's own message quotes the stored value, which may contain an e-mail address.
    throw new Error('redisSessions: a stored value is not JSON')
  }
}

import * as z from 'zod/mini'
import { inTime } from '../../../async/in-time.js'
import { plainError } from '../../../errors/plain-error.js'
import { functionOption, object } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import { sourceReady } from '../../../verify/source-ready.js'
import type { SourceAbout } from '../../../route/about.js'
import { problemOf, readSession } from './read-session.js'
import type { FindSession, FoundSession, SessionCookie } from './session.js'
import { signValue } from './signed-value.js'
import { activeOrganization, type FindMember } from './sql-members.js'

/** The part of a Better Auth instance (`betterAuth({ … })` of their package) that is used. */
export interface BetterAuthInstance {
  readonly api: {
    getSession(input: {
      headers: Headers
      query?: { disableCookieCache?: boolean; disableRefresh?: boolean }
    }): Promise<unknown>
  }
  readonly options?: unknown
  readonly $context: Promise<{
    readonly secret: string
    readonly authCookies: { readonly sessionToken: { readonly name: string } }
  }>
}

/** The options of `instanceSessions`, for an instance whose base URL depends on the request, or with organizations. */
export interface InstanceSessionsOptions {
  /**
   * The host for calls to the instance, such as `app.example.com`. Default: derived from the first of its
   * `baseURL.allowedHosts`. It does not affect sessions, but without a host such an instance answers no call.
   */
  readonly host?: string
  /**
   * `sqlMembers(query)`, with the organization plugin: the active organization is used while the user is a member of
   * it, with the member's roles. Default: no organization.
   */
  readonly members?: FindMember
}

const schema = object({
  members: z.exactOptional(functionOption<FindMember>()),
  host: z.exactOptional(
    z
      .string('a host, such as app.example.com')
      .check(z.regex(/^[\w.-]+(?::\d{1,5})?$|^\[[\da-fA-F:]+\](?::\d{1,5})?$/)),
  ),
})

/**
 * Asks the Better Auth instance of the same process, bypassing its cookie cache and without extending the session. A
 * throw of `getSession`, or an answer that is not a session, means "cannot tell".
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function instanceSessions(instance: BetterAuthInstance, options: InstanceSessionsOptions = {}): FindSession {
  if (typeof instance?.api?.getSession !== 'function')
    throw optionError('instanceSessions.instance', 'must be a Better Auth instance')
  const { host = allowedHost(instance.options), members } = parseOptions(schema, options, 'instanceSessions')
  const find = async (token: string, { names }: SessionCookie): Promise<FoundSession | null> => {
    const { secret, authCookies } = await instance.$context
    // Signed here, because the caller's may use an older secret that Better Auth itself no longer accepts.
    const value = await signValue(token, new TextEncoder().encode(secret))
    // Under every name that it may have, because `__Secure-` may also depend on the base URL.
    const cookie = [...new Set([authCookies.sessionToken.name, ...names])].map((name) => `${name}=${value}`).join('; ')
    const headers = new Headers(host === null ? { cookie } : { cookie, host })
    const query = { disableCookieCache: true, disableRefresh: true }
    const answer = await inTime(() => instance.api.getSession({ headers, query }), null, 'getSession')
    if (answer === null || answer === undefined) return null
    const read = readSession(answer)
    if (read === null) throw plainError(`getSession: answered neither a session nor null: ${problemOf(answer)}`)
    if (read.token !== null && read.token !== token) return null
    return { ...read.found, organization: await activeOrganization(read, members) }
  }
  const about: SourceAbout = { kind: 'instance' }
  return Object.assign(find, {
    organizations: members !== undefined,
    ready: () => sourceReady(members, 'instanceSessions.members'),
    about,
  })
}

/**
 * A host that an instance with `baseURL: { allowedHosts }` accepts as its own, made from its first pattern; null if the
 * base URL does not depend on the request. Not the caller's host: a session is the same for every host, queues and
 * sockets have none, and a header should not choose the instance's answer.
 */
function allowedHost(options: unknown): string | null {
  const { baseURL } = (options ?? {}) as { readonly baseURL?: { readonly allowedHosts?: unknown } }
  const hosts = baseURL?.allowedHosts
  const pattern: unknown = Array.isArray(hosts) ? hosts[0] : undefined
  if (typeof pattern !== 'string') return null
  const [host = ''] = pattern.replace(/^https?:\/\//, '').split('/')
  return host.replace(/\*+|\?/g, '1')
}

import { plainError } from '../../../errors/plain-error.js'
import * as z from 'zod/mini'
import { between, functionOption, object, text } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import { AuthError } from '../../../errors/auth-error.js'
import { fetchJson, fetchOf, type Fetch, type FetchedJson } from '../../../outbound/fetch-json.js'
import { assertEndpointUrl } from '../../../outbound/endpoint-url.js'
import { retryAfterOf } from '../../../outbound/retry-after.js'
import { latelyFound } from './lately-found.js'
import { sourceReady } from '../../../verify/source-ready.js'
import type { SourceAbout } from '../../../route/about.js'
import { problemOf, readSession } from './read-session.js'
import type { FindSession, FoundSession } from './session.js'
import { activeOrganization, type FindMember } from './sql-members.js'

/** The options of `httpSessions`. */
export interface HttpSessionsOptions {
  /** The URL of `get-session`, such as `https://app.example.com/api/auth/get-session`. */
  readonly url: string
  /** Default 3000. */
  readonly timeoutMs?: number
  /**
   * How long requests of one session share a look-up, in milliseconds. A sign-out or a ban takes effect up to this much
   * later. Default 5000, at most 60000; 0: only concurrent requests share it. A guard with `fresh` bypasses it.
   */
  readonly cacheMs?: number
  /**
   * `sqlMembers(query)`, with the organization plugin: the active organization is used while the user is a member of
   * it, with the member's roles. Shared like the look-up, for `cacheMs`. Default: no organization.
   */
  readonly members?: FindMember
  /** Allows plain http to a host other than loopback, inside a network that the app trusts. Default false. */
  readonly allowHttp?: boolean
  /** Default: the platform's. */
  readonly fetch?: Fetch
}

const schema = object({
  url: text,
  timeoutMs: z._default(between(1, 60_000), 3_000),
  cacheMs: z._default(between(0, 60_000), 5_000),
  members: z.exactOptional(functionOption<FindMember>()),
  allowHttp: z._default(z.boolean(), false),
  fetch: z.exactOptional(functionOption<Fetch>()),
})

const MAX_BYTES = 262_144
const HINTS: Readonly<Record<number, string>> = {
  404: '; check `url`: its path begins with the `basePath` of Better Auth',
}
/** Better Auth's rate limiter states the wait in its own field. */
const RETRY_AFTER = ['retry-after', 'x-retry-after']

/**
 * Asks a Better Auth server over HTTP, bypassing its cookie cache and without extending the session. It forwards only
 * the session cookie, relays no header of the answer, and reads only the body: `null` means no session; anything but an
 * answer of `get-session` means "cannot tell".
 *
 * The server counts this API as one caller, so its rate limiter may refuse it: a 429 is "cannot tell", with the wait
 * that the server names. Therefore requests of one session share a look-up for `cacheMs`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function httpSessions(options: HttpSessionsOptions): FindSession {
  const { url, timeoutMs, cacheMs, members, ...parsed } = parseOptions(schema, options, 'httpSessions')
  const target = new URL(parsed.allowHttp ? assertUrl(url) : assertEndpointUrl(url, 'httpSessions.url'))
  const sliding = withFlags(target, ['disableCookieCache'])
  const readOnly = withFlags(target, ['disableRefresh', 'disableCookieCache'])
  const fetch = fetchOf(parsed.fetch)
  let refusesReadOnly = false

  async function get(href: string, cookie: string): Promise<FetchedJson> {
    const headers = { accept: 'application/json', cookie }
    const { signal } = new AbortController()
    return fetchJson(href, { headers }, { timeoutMs, maxBytes: MAX_BYTES, fetch, closed: signal })
  }

  /** In 1.3 to 1.5 with the custom-session plugin, `disableRefresh` in a URL is not a boolean and gets a 400. */
  async function getSession(cookie: string): Promise<FetchedJson> {
    const answer = await get(refusesReadOnly ? sliding : readOnly, cookie)
    if (answer.status !== 400 || refusesReadOnly) return answer
    const second = await get(sliding, cookie)
    refusesReadOnly = second.status === 200
    return second
  }

  async function ask(token: string, cookie: string): Promise<FoundSession | null> {
    const { status, headers, body, answered } = await getSession(cookie)
    if (status === 429) throw limited(headers, answered)
    if (status !== 200) throw plainError(`get-session: ${answered}${HINTS[status] ?? ''}`)
    if (body === null) return null
    const read = readSession(body)
    if (read === null)
      throw plainError(`get-session: ${answered}, which is neither a session nor null: ${problemOf(body)}`)
    if (read.token !== null && read.token !== token) return null
    return { ...read.found, organization: await activeOrganization(read, members) }
  }

  const find = latelyFound({ cacheMs, timeoutMs }, async (token, { names, values }) => {
    for (const value of await values()) {
      // A secure server knows one of the names, other servers the other. Both carry the same session.
      const found = await ask(token, names.map((name) => `${name}=${value}`).join('; '))
      if (found !== null) return found
    }
    return null
  })
  const about: SourceAbout = { kind: 'http', url: target.href }
  return Object.assign(find, {
    organizations: members !== undefined,
    timeoutMs,
    ready: () => sourceReady(members, 'httpSessions.members'),
    about,
  })
}

function withFlags(target: URL, flags: readonly string[]): string {
  const url = new URL(target)
  for (const flag of flags) url.searchParams.set(flag, 'true')
  return url.href
}

function limited(headers: Headers, answered: string): AuthError {
  return new AuthError('verifier_unavailable', {
    message:
      `get-session: ${answered}, by Better Auth's rate limiter, for which this API is one caller; ` +
      "set `rateLimit.customRules: { '/get-session': false }` there",
    retryAfterSeconds: retryAfterOf(headers, RETRY_AFTER) ?? undefined,
  })
}

function assertUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw optionError('httpSessions.url', 'must be an absolute URL')
  return text
}

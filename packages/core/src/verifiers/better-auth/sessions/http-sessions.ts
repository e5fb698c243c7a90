import * as z from 'zod/mini'
import { between, functionOption, object, text } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import { fetchJson, fetchOf, type Fetch } from '../../../outbound/fetch-json.js'
import { assertEndpointUrl } from '../../../outbound/endpoint-url.js'
import { readSession } from './read-session.js'
import type { FindSession, FoundSession } from './session.js'

/** Where the Better Auth server is asked. */
export interface HttpSessionsOptions {
  /** Of `get-session`, such as `https://app.example.com/api/auth/get-session`. */
  readonly url: string
  /** Default 3000. */
  readonly timeoutMs?: number
  /** Admits plain http to another host than loopback, inside a network that the app trusts. Default false. */
  readonly allowHttp?: boolean
  /** Default: the platform's. */
  readonly fetch?: Fetch
}

const schema = object({
  url: text,
  timeoutMs: z.exactOptional(between(1, 60_000)),
  allowHttp: z.exactOptional(z.boolean()),
  fetch: z.exactOptional(functionOption<Fetch>()),
})

const MAX_BYTES = 262_144

/**
 * Asks a Better Auth server over HTTP, past its cookie cache and without sliding the session.
 * Forwards the session cookie and nothing else, relays no header of the answer, and judges by the
 * body: `null` means no session; anything that is not an answer of `get-session` means "cannot tell".
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function httpSessions(options: HttpSessionsOptions): FindSession {
  const { url, timeoutMs = 3_000, ...parsed } = parseOptions(schema, options, 'httpSessions')
  const target = new URL(parsed.allowHttp === true ? assertUrl(url) : assertEndpointUrl(url, 'httpSessions.url'))
  target.searchParams.set('disableRefresh', 'true')
  target.searchParams.set('disableCookieCache', 'true')
  const fetch = fetchOf(parsed.fetch)

  async function ask(token: string, cookie: string): Promise<FoundSession | null> {
    const headers = { accept: 'application/json', cookie }
    const { signal } = new AbortController()
    const limits = { timeoutMs, maxBytes: MAX_BYTES, fetch, closed: signal }
    const { status, body } = await fetchJson(target.href, { headers }, limits)
    if (status !== 200) throw new Error(`get-session: answered ${status}`)
    if (body === null) return null
    const read = readSession(body)
    if (read === null) throw new Error('get-session: answered neither a session nor null')
    return read.token === null || read.token === token ? read.found : null
  }

  return async (token, { names, values }) => {
    for (const value of await values()) {
      // A secure server knows one of the names, any other server the other: both carry one session.
      const found = await ask(token, names.map((name) => `${name}=${value}`).join('; '))
      if (found !== null) return found
    }
    return null
  }
}

function assertUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw optionError('httpSessions.url', 'must be an absolute URL')
  return text
}

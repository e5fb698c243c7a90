import {
  announceIn,
  assertResponse,
  assertWebHandler,
  handOver,
  markBodyLost,
  takeCookies,
  type WebHandler,
} from '@dualauth/core/adapter'
import type { Context, Handler } from 'hono'
import { stateOf } from './mount.js'

/**
 * Mounts a web handler, such as those of `@dualauth/endpoints`. The handler gets the whole URL, including the path of
 * its mount; the body, even if it was already read; and the `signal` of the request. Its answer is streamed, and every
 * `Set-Cookie` is passed on.
 *
 * It does not protect the handler, which must do so itself. Results of guards above it are reused.
 *
 * @throws {AuthError} `configuration_invalid`: not a function.
 * @example app.all('/api-keys/*', mountHandler(apiKeyEndpoints({ auth, keys, prefix: 'sk_live_' })))
 */
export function mountHandler(handler: WebHandler): Handler {
  assertWebHandler(handler)
  return async (c) => {
    const state = stateOf(c)
    const answer = await handler(handOver(await withBody(c), { state, native: c }))
    assertResponse(answer)
    // Also the headers that middleware has set before.
    const merged = c.newResponse(answer.body, answer)
    const { headers } = merged
    for (const field of takeCookies(state, answer.headers.getSetCookie(), headers)) headers.append('set-cookie', field)
    announceIn(headers, state)
    return merged
  }
}

/** Hono keeps what was read of a body through `c.req`; the request itself cannot be read twice. */
async function withBody(c: Context): Promise<Request> {
  const { raw } = c.req
  if (!raw.bodyUsed) return raw
  const headers = new Headers(raw.headers)
  headers.delete('content-length')
  const { bodyCache } = c.req
  const form = (await bodyCache.formData) as FormData | undefined
  const made = (body: BodyInit | null): Request =>
    new Request(raw.url, { method: raw.method, headers, body, signal: raw.signal })
  if (form !== undefined) {
    // Written anew, with a boundary of its own.
    headers.delete('content-type')
    return markBodyLost(made(form))
  }
  // What read the request itself has kept nothing.
  if (Object.keys(bodyCache).length === 0) return markBodyLost(made(null))
  const request = made(await c.req.arrayBuffer())
  // Older versions keep the values and not the text.
  return Object.keys(bodyCache)[0] === 'json' ? markBodyLost(request) : request
}

import { AuthError, type DualAuth } from '@dualauth/core'
import { constantTimeEqual, mountedRequest, within } from '@dualauth/core/adapter'
import { object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** The part of a `Registry` of prom-client that is read. */
export interface ReadableRegister {
  readonly contentType: string
  metrics(): Promise<string>
}

/** The options of `metricsEndpoint`. */
export interface MetricsEndpointOptions {
  /** A `Registry` of prom-client 15, such as its `register`. */
  readonly register: ReadableRegister
  /**
   * Formats refusals as the API does, and reports an event `endpoint_failed` of the endpoint `metrics` if metrics
   * cannot be read.
   */
  readonly auth?: Pick<DualAuth, 'report' | 'respond'>
  /**
   * The bearer tokens that may read, each at least 16 characters: `authorization.credentials` in the scrape
   * configuration. Default: anybody may read, so make the endpoint reachable only from inside.
   */
  readonly tokens?: readonly string[]
  /** How long to wait for all collectors, in milliseconds. Default 8,000, less than the 10 s that Prometheus waits. */
  readonly timeoutMs?: number
}

const schema = object({
  register: withMethods<ReadableRegister>(['metrics'], 'a Registry of prom-client'),
  auth: z.exactOptional(
    withMethods<NonNullable<MetricsEndpointOptions['auth']>>(['report', 'respond'], 'what createDualAuth() returned'),
  ),
  tokens: z.exactOptional(
    z
      .array(z.string('a string of at least 16 characters').check(z.minLength(16)), 'a list of strings')
      .check(z.minLength(1, 'not empty: leave it out if anybody may read')),
  ),
  timeoutMs: z._default(wholeBetween(1, 120_000), 8_000),
})

/**
 * `GET /metrics` for Prometheus: 200 with the content of the register, in its content type. 401 without one of
 * `tokens`, 405 for another method, and 503 if a collector of the register throws or takes too long.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * app.use('/metrics', mountHandler(metricsEndpoint({ register, auth, tokens: [env.METRICS_TOKEN] })))
 */
export function metricsEndpoint(options: MetricsEndpointOptions): (request: Request) => Promise<Response> {
  const { register, auth, tokens, timeoutMs } = parseOptions(schema, options, 'metricsEndpoint')

  async function answer(request: Request): Promise<Response> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(request, 'method_not_allowed')
    if (tokens !== undefined && !(await mayRead(request.headers.get('authorization'), tokens)))
      return refuse(request, 'client_invalid')
    try {
      const text = await within(Promise.resolve(register.metrics()), timeoutMs)
      if (text === null) throw new Error(`metrics: not read within ${timeoutMs} ms`)
      const headers = { 'content-type': register.contentType, 'cache-control': 'no-store' }
      return new Response(request.method === 'HEAD' ? null : text, { headers })
    } catch (cause) {
      auth?.report({ endpoint: 'metrics', code: 'store_unavailable', cause })
      return refuse(request, 'store_unavailable')
    }
  }

  function refuse(request: Request, code: keyof typeof FIELDS): Response {
    const error = new AuthError(code)
    const spelled = auth?.respond(error, mountedRequest(request).native) ?? plain(error)
    const response = new Response(request.method === 'HEAD' ? null : spelled.body, { status: spelled.status })
    for (const [name, value] of [...spelled.headers, ...FIELDS[code]]) response.headers.set(name, value)
    return response
  }

  return answer
}

const FIELDS = {
  method_not_allowed: [['allow', 'GET, HEAD']],
  client_invalid: [['www-authenticate', 'Bearer']],
  store_unavailable: [['retry-after', '5']],
} as const

/** If no instance formats it: a problem document (RFC 9457). */
function plain({ code, status, message }: AuthError) {
  return {
    status,
    headers: [['content-type', 'application/problem+json']] as const,
    body: JSON.stringify({ title: message, status, code }),
  }
}

/** Compares each one, in constant time. */
async function mayRead(authorization: string | null, tokens: readonly string[]): Promise<boolean> {
  const encoder = new TextEncoder()
  const [, given = ''] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  const answers = await Promise.all(
    tokens.map((token) => constantTimeEqual(encoder.encode(token), encoder.encode(given))),
  )
  return answers.includes(true)
}

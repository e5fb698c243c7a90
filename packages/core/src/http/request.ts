/**
 * A request as the core reads it: a method and header fields, nothing of the body or the query.
 *
 * - a Web `Request` (Hono, Workers, Bun, Deno): repeated fields arrive joined by `, `
 * - a Node `IncomingMessage`, HTTP/1 or HTTP/2 (Express, Fastify's `request.raw`): `rawHeaders`
 *   still shows repeated fields, which `headers` silently drops
 * - a plain `{ method, headers }` for queues, RPC and tests
 */
export type AuthRequest = WebRequestLike | NodeRequestLike | PlainRequest

export interface WebRequestLike {
  readonly method: string
  readonly headers: { get(name: string): string | null }
}

export interface NodeRequestLike {
  readonly method?: string | undefined
  readonly rawHeaders: readonly string[]
}

export interface PlainRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** One view over the three kinds of request. `values` takes a lower-case name, returns each field as sent. */
export interface HeaderView {
  readonly method: string
  values(name: string): readonly string[]
}

const NO_TEXT = '\u0000'
const NONE: readonly string[] = Object.freeze([])

export function headerView(request: AuthRequest): HeaderView {
  // A request that does not say its method is not taken for a safe one.
  const method = typeof request.method === 'string' ? request.method.toUpperCase() : ''
  if ('rawHeaders' in request && Array.isArray(request.rawHeaders)) {
    return { method, values: (name) => rawValues(request.rawHeaders, name) }
  }
  const { headers } = request as WebRequestLike | PlainRequest
  if (typeof headers?.get === 'function') {
    const get = (headers as WebRequestLike['headers']).get.bind(headers)
    return {
      method,
      values: (name) => {
        const value = get(name)
        return value === null || value === undefined ? NONE : [value]
      },
    }
  }
  return { method, values: (name) => plainValues((headers ?? {}) as PlainRequest['headers'], name) }
}

function rawValues(raw: readonly string[], name: string): readonly string[] {
  let found: string[] | null = null
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const field = raw[i] as string
    if (field.length !== name.length || field.toLowerCase() !== name) continue
    if (found === null) found = []
    found.push(raw[i + 1] as string)
  }
  return found ?? NONE
}

function plainValues(headers: PlainRequest['headers'], name: string): readonly string[] {
  const found: string[] = []
  for (const [field, value] of Object.entries(headers)) {
    if (value === undefined || value === null || field.toLowerCase() !== name) continue
    // Messages of a queue are JSON from elsewhere: what is no text counts as text that no grammar admits.
    for (const one of Array.isArray(value) ? value : [value]) found.push(typeof one === 'string' ? one : NO_TEXT)
  }
  return found
}

/** A CORS preflight carries no credential by design; it is never authenticated (Fetch standard, CORS protocol). */
export function isPreflight(view: HeaderView): boolean {
  return (
    view.method === 'OPTIONS' &&
    view.values('origin').length > 0 &&
    view.values('access-control-request-method').length > 0
  )
}

/** A WebSocket handshake (RFC 6455 section 4.1): what comes after it is bound by no CORS. */
export function isWebSocketHandshake(view: HeaderView): boolean {
  return view.values('upgrade').some((value) => /(?:^|,)[ \t]*websocket[ \t]*(?:,|$)/i.test(value))
}

import { readTarget, type RequestTarget } from './target.js'

/**
 * A request as core reads it: method, header fields and target, but not the body or the query.
 *
 * `headers` is authoritative: middleware may have set, rewritten or deleted a field.
 *
 * - a Web `Request` (Hono, Workers, Bun, Deno): repeated fields arrive joined by `, `
 * - a Node `IncomingMessage`, HTTP/1 or HTTP/2, or a framework's request around it (Express, Fastify):
 *   `rawHeaders` shows what was sent twice, which `headers` silently drops
 * - a plain `{ method, headers }` for queues, RPC and tests
 */
export type AuthRequest = WebRequestLike | NodeRequestLike | PlainRequest

export interface WebRequestLike {
  readonly method: string
  readonly headers: { get(name: string): string | null }
  readonly url?: string | undefined
}

/** The request of Node, or of a framework around it. */
export interface NodeRequestLike {
  readonly method?: string | undefined
  readonly headers: PlainHeaders
  /** Used only to detect that a field was sent twice. Serverless wrappers leave it empty. */
  readonly rawHeaders: readonly string[]
  readonly url?: string | undefined
  /** Routers rewrite `url`; if this is present, it is used. */
  readonly originalUrl?: string | undefined
}

/** A request by its method and headers alone. */
export interface PlainRequest {
  readonly method: string
  readonly headers: PlainHeaders
  readonly url?: string | undefined
}

export type PlainHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** One view over the three kinds of request. */
export interface HeaderView {
  readonly method: string
  /** The request that was passed in. */
  readonly request: AuthRequest
  /** The framework's own request, if an adapter also passed it. */
  readonly native: unknown
  /**
   * @param name Lower case.
   * @returns each field; several if it was sent more than once.
   */
  values(name: string): readonly string[]
  /** Where the request went, read on demand. Chosen by the caller, so untrusted. */
  target(): RequestTarget
}

type Read = (name: string) => readonly string[]

/** Text that no grammar allows. */
const NO_TEXT = '\u0000'
const NONE: readonly string[] = Object.freeze([])

/** Key under which an adapter keeps the context of a mounted web handler. */
export const MOUNTED: unique symbol = /* @__PURE__ */ Symbol.for('dualauth.mounted')

/** The request for the application's callbacks: the framework's own, if there is one. */
export function nativeOf({ request, native }: HeaderView): unknown {
  if (native !== undefined) return native
  return (request as { readonly [MOUNTED]?: { readonly native: unknown } })[MOUNTED]?.native ?? request
}

export function headerView(request: AuthRequest, native?: unknown): HeaderView {
  const values = readerOf(request)
  return { method: methodOf(request), request, native, values, target: () => readTarget(request, values) }
}

/** A request without a method does not count as safe. */
function methodOf({ method }: AuthRequest): string {
  // Covers most requests without `toUpperCase`, which is a slow engine call.
  if (method === 'GET' || method === 'POST') return method
  return typeof method === 'string' ? method.toUpperCase() : ''
}

function readerOf(request: AuthRequest): Read {
  const headers: unknown = request.headers
  if (typeof headers !== 'object' || headers === null) return () => NONE
  if (typeof (headers as WebRequestLike['headers']).get === 'function') {
    return (name) => {
      const value: unknown = (headers as WebRequestLike['headers']).get(name)
      return typeof value === 'string' ? [value] : fieldsOf(value)
    }
  }
  const plain = headers as PlainHeaders
  const { rawHeaders } = request as Partial<NodeRequestLike>
  if (!Array.isArray(rawHeaders) || rawHeaders.length === 0) return (name) => valuesOfAnyCase(plain, name)
  return (name) => valuesUnlessRepeated(plain, rawHeaders, name)
}

/** Node uses lower-case names. */
function valuesUnlessRepeated(headers: PlainHeaders, raw: readonly string[], name: string): readonly string[] {
  const meant = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (meant === undefined) return NONE
  // Several `Cookie` fields are one list (RFC 9113 section 8.2.3), which Node has already joined.
  if (typeof meant !== 'string' || name === 'cookie') return fieldsOf(meant)
  return repeatedIn(raw, name, meant) ?? [meant]
}

/**
 * The fields of this name, if there are several and `meant` is one of them or all of them joined, as a server would
 * produce. Any other value was set by the application.
 */
function repeatedIn(raw: readonly string[], name: string, meant: string): readonly string[] | null {
  let first: string | null = null
  let all: string[] | null = null
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const field = raw[i]
    if (typeof field !== 'string' || field.length !== name.length || field.toLowerCase() !== name) continue
    const value = raw[i + 1] as string
    if (first === null) first = value
    else (all ??= [first]).push(value)
  }
  return all !== null && (all.includes(meant) || all.join(', ') === meant) ? all : null
}

function valuesOfAnyCase(headers: PlainHeaders, name: string): readonly string[] {
  let found: readonly string[] = NONE
  for (const field of Object.keys(headers)) {
    if (field.length !== name.length || field.toLowerCase() !== name) continue
    const fields = fieldsOf(headers[field])
    found = found.length === 0 ? fields : [...found, ...fields]
  }
  return found
}

/** Queue messages are untrusted JSON, so types are checked. */
function fieldsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return NONE
  if (Array.isArray(value)) return Array.from(value, textOf)
  return [textOf(value)]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : NO_TEXT
}

/** A CORS preflight carries no credential by design; it is never authenticated (Fetch standard, CORS protocol). */
export function isPreflight(view: HeaderView): boolean {
  return (
    view.method === 'OPTIONS' &&
    view.values('origin').length > 0 &&
    view.values('access-control-request-method').length > 0
  )
}

/** A WebSocket handshake (RFC 6455 section 4.1). CORS does not restrict what follows it. */
export function isWebSocketHandshake(view: HeaderView): boolean {
  return view.values('upgrade').some((value) => /(?:^|,)[ \t]*websocket[ \t]*(?:,|$)/i.test(value))
}

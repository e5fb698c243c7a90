import { headerView, type NodeRequestLike, type PlainRequest } from '../http/request.js'

/** The part of Node's `IncomingMessage` (HTTP/1 and HTTP/2) that is needed to read a body. */
export interface NodeBody {
  readonly readableDidRead?: boolean
  readonly readableEnded: boolean
  readonly destroyed: boolean
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  off(event: 'end' | 'close' | 'error', listener: () => void): unknown
  pause(): unknown
  resume(): unknown
}

/** A framework's request, to be passed on to a web handler. */
export interface NodeRequestParts {
  /** As the application sees it: headers may be rewritten. */
  readonly request: NodeRequestLike
  /** `https` if the framework says so. */
  readonly protocol: string
  readonly stream: NodeBody
  /** The output of a body parser; undefined if none has read the stream. */
  readonly parsed?: { readonly body: unknown } | undefined
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal
}

/** Headers that belong to the connection, or to the body as it was sent. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']
const OF_BODY = ['content-length', 'content-encoding', 'content-type']

/**
 * Converts the request to a web `Request`: with the whole path, every repeated field, and the body, even if a parser
 * has read it.
 *
 * @returns null for a method or target that a `Request` cannot have, such as TRACE.
 * @throws {TypeError} The parsed body cannot be serialised again, such as a form with files.
 */
export function webRequest({ request, protocol, stream, parsed, signal }: NodeRequestParts): Request | null {
  const method = request.method ?? 'GET'
  const headers = headersOf(request)
  const url = urlOf(request, protocol)
  if (url === null) return null
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const isLost = hasBody && isBodyLost(stream, parsed?.body, request)
  const body = !hasBody ? null : parsed === undefined ? streamOf(stream) : writtenAgain(parsed.body, headers)
  try {
    const made = new Request(url, { method, headers, body, signal, duplex: 'half' } as RequestInit)
    return isLost ? markBodyLost(made) : made
  } catch {
    return null
  }
}

const LOST: unique symbol = /* @__PURE__ */ Symbol.for('dualauth.bodyLost')

/** Marks that the original bytes of the body are lost. For adapters. Returns the same request. */
export function markBodyLost(request: Request): Request {
  return Object.defineProperty(request, LOST, { value: true })
}

/**
 * Whether the body can be read byte for byte as it was sent. False if a parser has read it and it was serialised again,
 * or if other code has read it. For signed requests.
 */
export function isBodyAsSent(request: Request): boolean {
  return (request as { readonly [LOST]?: true })[LOST] !== true
}

/** A raw-body parser keeps the bytes. */
function isBodyLost(stream: NodeBody, parsed: unknown, { headers }: NodeRequestLike): boolean {
  if (parsed !== undefined && parsed !== null) return !(parsed instanceof Uint8Array)
  const isRead = stream.readableDidRead ?? stream.readableEnded
  return isRead && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

/**
 * The headers of a request, whichever framework it is of, as the web platform has them: each repeated field, and none that belongs to the
 * connection.
 */
export function webHeaders(request: Pick<Request, 'headers'> | NodeRequestLike | PlainRequest): Headers {
  return typeof request.headers.get === 'function'
    ? new Headers(request.headers as Headers)
    : headersOf(request as NodeRequestLike)
}

function headersOf(request: NodeRequestLike | PlainRequest): Headers {
  const { values } = headerView(request)
  const headers = new Headers()
  for (const name of Object.keys(request.headers)) {
    const field = name.toLowerCase()
    if (field.startsWith(':') || OF_CONNECTION.includes(field)) continue
    for (const value of values(field)) headers.append(field, value)
  }
  return headers
}

/** The host comes from the caller: a handler that builds URLs needs a configured origin. */
function urlOf(request: NodeRequestLike, protocol: string): string | null {
  const { host } = headerView(request).target()
  const target = request.originalUrl ?? request.url ?? '/'
  // By hand, because `//host/path` as a URL reference would name a host.
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const whole = `${protocol === 'https' ? 'https' : 'http'}://${host ?? 'localhost'}${path.startsWith('/') ? path : '/'}`
  return URL.canParse(whole) ? whole : null
}

/** Reads nothing until the handler does, so that the server can drop an unwanted body. */
function streamOf(source: NodeBody): ReadableStream<Uint8Array> {
  let listening: (() => void) | null = null
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        listening ??= listen(source, controller)
        source.resume()
      },
      cancel() {
        listening?.()
        // Drops the rest: a connection that is kept alive must not stall.
        source.resume()
      },
    },
    { highWaterMark: 0 },
  )
}

function listen(source: NodeBody, controller: ReadableStreamDefaultController<Uint8Array>): () => void {
  const onData = (chunk: Uint8Array): void => {
    source.pause()
    controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  }
  const end = (finish: () => void) => (): void => {
    stop()
    finish()
  }
  const onEnd = end(() => controller.close())
  const onGone = end(() => controller.error(new Error('the client is gone')))
  const stop = (): void => {
    source.off('data', onData)
    source.off('end', onEnd)
    source.off('close', onGone)
    source.off('error', onGone)
  }
  if (source.readableEnded) controller.close()
  else if (source.destroyed) controller.error(new Error('the client is gone'))
  else {
    source.on('data', onData)
    source.on('end', onEnd)
    source.on('close', onGone)
    source.on('error', onGone)
  }
  return stop
}

/** Serialises a parsed body again. */
function writtenAgain(body: unknown, headers: Headers): Uint8Array<ArrayBuffer> | string | null {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
  const kind = type.trim().toLowerCase()
  for (const name of OF_BODY) headers.delete(name)
  if (body === undefined || body === null) return null
  if (kind !== '') headers.set('content-type', kind)
  if (body instanceof Uint8Array) return new Uint8Array(body)
  if (/^application\/(?:[\w.!#$&^+-]+\+)?json$/.test(kind)) return JSON.stringify(body)
  if (typeof body === 'string') return body
  if (kind === 'application/x-www-form-urlencoded' && typeof body === 'object') return formOf(body)
  throw new TypeError(`mountHandler: a parser has already read this kind of body; mount the handler above the parser`)
}

/** Writes `{ a: { b: ['c'] } }` as `a[b][]=c`, which the usual parsers read. */
function formOf(body: object): string {
  const form = new URLSearchParams()
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) add(Object(each) === each ? `${name}[]` : name, each)
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner)
    else form.append(name, String(value))
  }
  for (const [name, value] of Object.entries(body)) add(name, value)
  return form.toString()
}

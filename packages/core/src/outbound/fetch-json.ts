import { decodeJson } from '../crypto/json.js'
import { plainError } from '../errors/plain-error.js'
import { readBounded } from './read-bounded.js'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The app's own `fetch`, or the global one as it is at each call. */
export function fetchOf(own: Fetch | undefined): Fetch {
  return own ?? ((url, init) => globalThis.fetch(url, init))
}

/** How long and how much is read. */
export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly fetch: Fetch
  readonly closed: AbortSignal
  /** True reads refusals too, where what is wrong stands in their body. Default false. */
  readonly refusals?: boolean
  /** Makes the body of a 200 of its bytes; throws where they are none. Default: one JSON document. */
  readonly decode?: (bytes: Uint8Array) => unknown
}

/** What came back. */
export interface FetchedJson {
  readonly status: number
  /** Of a 200, decoded, and of refusals where asked for; null if one holds no JSON. */
  readonly body: unknown
  readonly headers: Headers
  /** For messages: `answered 404, text/html, at https://issuer.example/keys`. */
  readonly answered: string
}

/**
 * Asks once, within limits: no redirect is followed, neither time nor size grows. What an answer
 * means is for the caller to say.
 *
 * @throws when nothing arrives in time, body included, or a 200 is larger than `maxBytes` or no JSON. The message names the address.
 */
export async function fetchJson(url: string, init: RequestInit, limits: FetchLimits): Promise<FetchedJson> {
  const { timeoutMs, closed } = limits
  // Not AbortSignal.any: on Node 20 the garbage collector takes the timeout out of it.
  const controller = new AbortController()
  let end: (reason: Error) => void = () => {}
  // Raced, because a `fetch` of the app may ignore its signal.
  const ended = new Promise<never>((_, reject) => {
    end = reject
  })
  const timer = setTimeout(() => end(new Error(`answer: not complete within ${timeoutMs} ms`)), timeoutMs)
  const onClose = () => end(new Error('answer: closed before it arrived'))
  closed.addEventListener('abort', onClose, { once: true })
  try {
    if (closed.aborted) onClose()
    return await Promise.race([ended, ask(url, { ...init, signal: controller.signal }, limits)])
  } catch (cause) {
    throw plainError(addressOf(url), cause)
  } finally {
    clearTimeout(timer)
    closed.removeEventListener('abort', onClose)
    // Lets go of the connection, also of a body that nobody reads to its end.
    controller.abort()
  }
}

async function ask(url: string, init: RequestInit, limits: FetchLimits): Promise<FetchedJson> {
  const { fetch, maxBytes, closed, refusals = false, decode = decodeJson } = limits
  closed.throwIfAborted()
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const { status, headers } = response
  const answered = `answered ${status}, ${typeOf(headers)}, at ${addressOf(url)}`
  if (response.redirected) throw new Error('answer: redirected')
  if (status === 200)
    return { status, headers, answered, body: decoded(await readBounded(response, maxBytes), decode, answered) }
  const readable = refusals && status >= 400 && status < 500
  return { status, headers, answered, body: readable ? await readRefusal(response, maxBytes) : null }
}

async function readRefusal(response: Response, maxBytes: number): Promise<unknown> {
  try {
    return decodeJson(await readBounded(response, maxBytes))
  } catch {
    return null
  }
}

/** What a parser says may quote what it has read. */
function decoded(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown, answered: string): unknown {
  try {
    return decode(bytes)
  } catch {
    throw plainError(`${answered}, of which the body is no JSON`)
  }
}

/** Without what may be secret: a query, a user and a password. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that is none'
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** What follows the type says nothing of it. */
function typeOf(headers: Headers): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type.trim()) ? type.trim() : 'no content type'
}

import { decodeJson } from '../crypto/json.js'
import { plainError } from '../errors/plain-error.js'
import { readBounded } from './read-bounded.js'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The app's own `fetch`, or the global one, looked up at each call. */
export function fetchOf(own: Fetch | undefined): Fetch {
  return own ?? ((url, init) => globalThis.fetch(url, init))
}

/** Limits of time and size. */
export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly fetch: Fetch
  readonly closed: AbortSignal
  /** True: also reads the bodies of refusals, which may say what is wrong. Default false. */
  readonly refusals?: boolean
  /** Decodes the body of a 200; throws if it is invalid. Default: one JSON document. */
  readonly decode?: (bytes: Uint8Array) => unknown
}

/** The answer. */
export interface FetchedJson {
  readonly status: number
  /** The decoded body of a 200, and of refusals if requested; null if a refusal has no JSON. */
  readonly body: unknown
  readonly headers: Headers
  /** For messages: `answered 404, text/html, at https://issuer.example/keys`. */
  readonly answered: string
}

/**
 * Makes one request with limits of time and size; follows no redirects. The caller interprets the answer.
 *
 * @throws if the answer, including its body, is not complete in time, or a 200 is larger than `maxBytes` or not JSON.
 *   The message names the address.
 */
export async function fetchJson(url: string, init: RequestInit, limits: FetchLimits): Promise<FetchedJson> {
  const { timeoutMs, closed } = limits
  // Not AbortSignal.any: on Node 20, garbage collection removes its timeout.
  const controller = new AbortController()
  let end: (reason: Error) => void = () => {}
  // Raced, because the app's `fetch` may ignore its signal.
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
    // Releases the connection, even if a body is not read to its end.
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

/** A parser's message may quote its input. */
function decoded(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown, answered: string): unknown {
  try {
    return decode(bytes)
  } catch {
    throw plainError(`${answered}, of which the body is no JSON`)
  }
}

/** The address without what may be secret: query, user and password. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that is none'
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** The type without its parameters. */
function typeOf(headers: Headers): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type.trim()) ? type.trim() : 'no content type'
}

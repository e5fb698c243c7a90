import { NO_SIGNALS } from '../migration/policy/signals.js'
import { missingSignals } from './announce.js'
import { mergeVary, takeCookies, type RequestState } from './state.js'

/** The part of Node's `ServerResponse` (HTTP/1 and HTTP/2) that is used. */
export interface NodeResponse {
  readonly headersSent: boolean
  getHeader(name: string): number | string | readonly string[] | undefined
  setHeader(name: string, value: number | string | readonly string[]): unknown
  removeHeader(name: string): void
  writeHead(status: unknown, reason?: unknown, headers?: unknown): unknown
}

/** Key of what waits on a response. */
const WAITING: unique symbol = /* @__PURE__ */ Symbol('dualauth.waiting')

interface Waiting {
  /** One, unless frameworks are mounted in one another. */
  readonly states: RequestState[]
  readonly writeHead: NodeResponse['writeHead']
}

interface WaitingResponse extends NodeResponse {
  [WAITING]?: Waiting
}

/**
 * Writes what waits for the moment when headers are committed, however the handler answers (whole, streamed, or raw): the
 * cookies of the request; `Vary`, merged with the handler's; `Cache-Control`, where the handler has none; and what announces
 * the end of the old side. Call it after each guard, also where that threw; more calls change nothing.
 */
export function writeOnCommit(response: WaitingResponse, state: RequestState): void {
  if ((state.cookies.length === 0 && state.passed === undefined) || state.committing) return
  state.committing = true
  const waiting = response[WAITING]
  if (waiting !== undefined) {
    waiting.states.push(state)
    return
  }
  response[WAITING] = { states: [state], writeHead: response.writeHead }
  // One function for every response: a closure for each costs a tenth of the requests that a server answers.
  response.writeHead = writeHeadWithWaiting
}

function writeHeadWithWaiting(this: WaitingResponse, status: unknown, second?: unknown, third?: unknown): unknown {
  const { states, writeHead } = this[WAITING] as Waiting
  const headers = third ?? second
  const given = typeof headers === 'object' ? headers : null
  // After headers were sent it is a mistake of the application, which Node words.
  if (this.headersSent || states.every((state) => isSaid(this, state, given))) {
    return third === undefined ? writeHead.call(this, status, second) : writeHead.call(this, status, second, third)
  }
  // Headers given here would replace ours of the same name, so they are set first.
  if (given !== null) for (const [name, value] of pairsOf(given)) this.setHeader(name, value)
  for (const state of states) {
    const written = [this.getHeader('set-cookie') ?? []].flat().map(String)
    const fields = takeCookies(state, written)
    if (fields.length > 0) this.setHeader('set-cookie', [...written, ...fields])
    announce(this, state)
  }
  return typeof second === 'string' ? writeHead.call(this, status, second) : writeHead.call(this, status)
}

/** Most handlers leave alone what the guard has set before them: then headers go out as they are. */
function isSaid(response: NodeResponse, { cookies, passed }: RequestState, given: object | null): boolean {
  if (cookies.length > 0) return false
  if (passed === undefined) return true
  if (passed.signals !== undefined) return false
  if (given === null)
    return response.getHeader('vary') === passed.vary && response.getHeader('cache-control') !== undefined
  const own = given as Readonly<Record<string, unknown>>
  return own['vary'] === passed.vary && own['cache-control'] !== undefined
}

function announce(response: NodeResponse, { passed }: RequestState): void {
  if (passed === undefined) return
  const fieldsOf = (name: string): string[] => [response.getHeader(name) ?? []].flat().map(String)
  const present = (name: string): string | null => fieldsOf(name).join(', ') || null
  if (present('cache-control') === null) response.setHeader('cache-control', passed.cacheControl)
  const vary = mergeVary(present('vary'), passed.vary)
  if (vary !== null) response.setHeader('vary', vary)
  for (const [name, value] of missingSignals(passed.signals ?? NO_SIGNALS, present))
    response.setHeader(name, [...fieldsOf(name), value])
}

/** `writeHead` takes an object, a list of pairs or a flat list; repeated names of a list are one value. */
function pairsOf(headers: object): Iterable<[string, number | string | readonly string[]]> {
  if (!Array.isArray(headers)) {
    return Object.entries(headers as Record<string, string>).filter(([, value]) => value !== undefined)
  }
  const flat = (Array.isArray(headers[0]) ? headers.flat() : headers) as unknown[]
  const found = new Map<string, string[]>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = String(flat[i]).toLowerCase()
    found.set(name, [...(found.get(name) ?? []), ...([flat[i + 1]].flat() as string[])])
  }
  return [...found].map(([name, values]) => [name, values.length === 1 ? (values[0] as string) : values])
}

import type { PassHeaders } from '../request/guard-call.js'
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

type WriteHead = NodeResponse['writeHead']

/** Key of the data that waits to be written to a response. */
const WAITING: unique symbol = /* @__PURE__ */ Symbol('dualauth.waiting')

interface WaitingResponse extends NodeResponse {
  [WAITING]?: {
    /** One, unless frameworks are mounted inside each other. */
    readonly states: RequestState[]
    readonly writeHead: WriteHead
  }
}

// One function for all responses: a closure for each costs a tenth of a server's throughput.
const writeHeadOfResponse = headWriter<Required<WaitingResponse>>(
  (response) => response[WAITING].states,
  (response) => response[WAITING].writeHead,
)

/**
 * Writes pending headers when headers are committed, however the handler answers (whole, streamed or raw): the
 * request's cookies; `Vary`, merged with the handler's; `Cache-Control`, if the handler sets none or the cookies need
 * it; and the announcement of the old side's end. Call it after each guard, even if that threw. Further calls have no
 * effect.
 */
export function writeOnCommit(response: WaitingResponse, state: RequestState): void {
  if ((state.cookies.length === 0 && state.passed === undefined) || state.committing) return
  state.committing = true
  const waiting = response[WAITING]
  if (waiting === undefined) {
    response[WAITING] = { states: [state], writeHead: response.writeHead }
    response.writeHead = writeHeadOfResponse
  } else waiting.states.push(state)
}

/**
 * A `writeHead` that first writes the pending headers.
 * @param statesOf Returns the states of the requests that this response answers.
 * @param writeHeadOf Returns the original `writeHead`.
 */
export function headWriter<Response extends NodeResponse>(
  statesOf: (response: Response) => readonly RequestState[],
  writeHeadOf: (response: Response) => WriteHead,
): (this: Response, status: unknown, second?: unknown, third?: unknown) => unknown {
  return function (status, second, third) {
    const writeHead = writeHeadOf(this)
    if (isWritten(this, statesOf(this), third ?? second))
      return typeof second === 'string' ? writeHead.call(this, status, second) : writeHead.call(this, status)
    return third === undefined ? writeHead.call(this, status, second) : writeHead.call(this, status, second, third)
  }
}

/** @returns true if the given headers are now set, together with the pending ones; false if nothing was set. */
function isWritten(response: NodeResponse, states: readonly RequestState[], headers: unknown): boolean {
  const given = typeof headers === 'object' ? headers : null
  if (given !== null) {
    if (states.every((state) => isSaidIn(given, state))) return false
    // Headers given here would replace ours of the same name, so they are set first.
    for (const [name, value] of pairsOf(given)) response.setHeader(name, value)
  }
  for (const state of states) {
    if (state.cookies.length > 0) addCookies(response, state)
    if (state.passed !== undefined) announce(response, state.passed)
  }
  return true
}

/** Whether the given headers already contain everything: most handlers keep what the guard has set. */
function isSaidIn(given: object, { cookies, passed }: RequestState): boolean {
  if (cookies.length > 0 || passed?.signals !== undefined) return false
  const own = given as Readonly<Record<string, unknown>>
  return passed === undefined || (own['vary'] === passed.vary && own['cache-control'] !== undefined)
}

function addCookies(response: NodeResponse, state: RequestState): void {
  const written = fieldsOf(response, 'set-cookie')
  const fields = takeCookies(state, written, {
    get: (name) => joined(response, name),
    set: (name, value) => void response.setHeader(name, value),
  })
  if (fields.length > 0) response.setHeader('set-cookie', [...written, ...fields])
}

function announce(response: NodeResponse, { cacheControl, vary, signals }: PassHeaders): void {
  // Looked up once: if each response has its own layout, the look-up takes longer than reading the field.
  const { getHeader } = response
  if (getHeader.call(response, 'cache-control') === undefined) response.setHeader('cache-control', cacheControl)
  const present = getHeader.call(response, 'vary')
  const merged = mergeVary(typeof present === 'string' ? present : joined(response, 'vary'), vary)
  if (merged !== null) response.setHeader('vary', merged)
  if (signals === undefined) return
  for (const [name, value] of missingSignals(signals, (field) => joined(response, field)))
    response.setHeader(name, [...fieldsOf(response, name), value])
}

function joined(response: NodeResponse, name: string): string | null {
  const value = response.getHeader(name)
  // A single string on nearly every request.
  if (typeof value === 'string') return value
  return value === undefined ? null : [value].flat().join(', ')
}

function fieldsOf(response: NodeResponse, name: string): string[] {
  return [response.getHeader(name) ?? []].flat().map(String)
}

/** `writeHead` accepts an object, a list of pairs or a flat list. Repeated names in a list become one value. */
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

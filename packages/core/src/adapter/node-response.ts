import { missingSignals } from './announce.js'
import { mergeVary, takeCookies, type RequestState } from './state.js'

/** The part of Node's `ServerResponse` (HTTP/1 and HTTP/2) that is used. */
export interface NodeResponse {
  readonly headersSent: boolean
  getHeader(name: string): number | string | readonly string[] | undefined
  setHeader(name: string, value: number | string | readonly string[]): unknown
  removeHeader(name: string): void
  writeHead(...args: unknown[]): unknown
}

/**
 * Writes the cookies of the request, and what announces the end of the old side, when its headers are committed, however the
 * handler answers: whole, streamed, or raw. Call it after each guard, also where that threw; more calls change nothing.
 */
export function writeOnCommit(response: NodeResponse, state: RequestState): void {
  if ((state.cookies.length === 0 && state.announcement === undefined) || state.committing === true) return
  state.committing = true
  const { writeHead } = response
  response.writeHead = (...args: unknown[]) => {
    // A mistake of the application, which Node words.
    if (response.headersSent) return writeHead.apply(response, args)
    const last = args.at(-1)
    const hasHeaders = typeof last === 'object' && last !== null
    // Headers given here would replace ours of the same name, so they are set first.
    if (hasHeaders) for (const [name, value] of pairsOf(last)) response.setHeader(name, value)
    const written = [response.getHeader('set-cookie') ?? []].flat().map(String)
    const fields = takeCookies(state, written)
    if (fields.length > 0) response.setHeader('set-cookie', [...written, ...fields])
    announce(response, state)
    return writeHead.apply(response, hasHeaders ? args.slice(0, -1) : args)
  }
}

function announce(response: NodeResponse, { announcement }: RequestState): void {
  if (announcement === undefined) return
  const fieldsOf = (name: string): string[] => [response.getHeader(name) ?? []].flat().map(String)
  const present = (name: string): string | null => fieldsOf(name).join(', ') || null
  if (present('cache-control') === null) response.setHeader('cache-control', announcement.cacheControl)
  const vary = mergeVary(present('vary'), announcement.vary)
  if (vary !== null) response.setHeader('vary', vary)
  for (const [name, value] of missingSignals(announcement.signals, present))
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

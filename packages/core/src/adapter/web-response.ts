import type { NodeResponse } from './node-response.js'
import { mergeVary } from './state.js'

/** The part of Node's `ServerResponse` that is needed to write a web response. */
export interface NodeWritable extends NodeResponse {
  statusCode: number
  readonly destroyed: boolean
  readonly writableFinished: boolean
  write(chunk: Uint8Array | string): boolean
  end(): unknown
  flushHeaders(): void
  destroy(error?: Error): unknown
  once(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** Headers of a connection; HTTP/2 has none of them. */
const OF_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']
const EMPTY: readonly number[] = [101, 204, 205, 304]

/** Aborts if the client disconnects before it has the whole answer. */
export function goneSignal(response: Pick<NodeWritable, 'once' | 'writableFinished'>): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client is gone'))
  })
  return controller.signal
}

/**
 * Writes a response chunk by chunk, no faster than its client reads. Headers from middleware stay unless the handler
 * sets them. `Vary` and `Set-Cookie` are merged.
 *
 * Once headers are sent, a failing stream ends the connection, so that a partial answer does not look complete.
 */
export async function writeWebResponse(answer: Response, response: NodeWritable, isHead: boolean): Promise<void> {
  const { body } = answer
  if (response.headersSent || response.destroyed) {
    await body?.cancel()
    return
  }
  response.statusCode = answer.status
  for (const [name, value] of fieldsOf(answer, response)) response.setHeader(name, value)
  if (body === null || isHead || EMPTY.includes(answer.status)) {
    response.end()
    await body?.cancel()
    return
  }
  await pump(body.getReader(), response)
}

/** The fields to set, merged with existing ones where both count. */
export function fieldsOf(
  { headers }: Response,
  written: Pick<NodeResponse, 'getHeader'>,
): readonly (readonly [name: string, value: string | readonly string[]])[] {
  const fields: (readonly [string, string | readonly string[]])[] = []
  const before = (name: string): string[] => [written.getHeader(name) ?? []].flat().map(String)
  for (const [name, value] of headers) {
    if (name === 'set-cookie' || OF_CONNECTION.includes(name)) continue
    const vary = name === 'vary' ? mergeVary(before('vary').join(', '), value) : value
    if (vary !== null) fields.push([name, vary])
  }
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) fields.push(['set-cookie', [...before('set-cookie'), ...cookies]])
  return fields
}

async function pump(reader: ReadableStreamDefaultReader<Uint8Array>, response: NodeWritable): Promise<void> {
  const onClose = (): void => void reader.cancel().catch(() => {})
  response.once('close', onClose)
  try {
    const first = reader.read()
    // If the stream starts later, its headers are sent now.
    if (!(await isSoon(first))) response.flushHeaders()
    for (let next = await first; !next.done && !response.destroyed; next = await reader.read())
      if (!response.write(next.value)) await writable(response)
    response.end()
  } catch (cause) {
    if (!response.headersSent) throw cause
    response.destroy(cause instanceof Error ? cause : new Error('a stream failed', { cause }))
  } finally {
    response.off('close', onClose)
  }
}

async function isSoon(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise<false>((resolve) => setTimeout(() => resolve(false)))
  // Its failure is handled where it is awaited.
  return Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    later,
  ])
}

function writable(response: NodeWritable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
    if (response.destroyed) done()
  })
}

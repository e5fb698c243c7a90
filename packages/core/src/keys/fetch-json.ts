import { decodeJson } from './read-json.js'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly fetch: Fetch
  readonly closed: AbortSignal
}

export interface FetchedJson {
  readonly status: number
  /** Of a 200 only; everything else is not read. */
  readonly body: unknown
  readonly headers: Headers
}

/**
 * Asks once, within limits: no redirect is followed, neither time nor size grows. What an answer
 * means is for the caller to say.
 *
 * @throws when nothing arrives in time, or a 200 is larger than `maxBytes` or no JSON.
 */
export async function fetchJson(url: string, init: RequestInit, limits: FetchLimits): Promise<FetchedJson> {
  const { timeoutMs, maxBytes, fetch, closed } = limits
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), closed])
  const response = await fetch(url, { ...init, signal, redirect: 'manual' })
  const { status, headers } = response
  if (status !== 200) {
    await response.body?.cancel()
    return { status, headers, body: null }
  }
  return { status, headers, body: decodeJson(await readBounded(response, maxBytes)) }
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  const reader = response.body?.getReader()
  if (reader === undefined || declared > maxBytes) {
    await reader?.cancel()
    throw new Error(`answer: empty or larger than ${maxBytes} bytes`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      throw new Error(`answer: larger than ${maxBytes} bytes`)
    }
    chunks.push(part.value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

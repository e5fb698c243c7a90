import { decodeJson } from './read-json.js'
import type { PublicJwk } from './crypto.js'
import { jwkProblem } from './jwk.js'
import { keyOfJwk, type VerificationKey } from './key-source.js'

const MAX_BYTES = 512 * 1024
const MAX_KEYS = 100

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface FetchedKeys {
  readonly keys: readonly VerificationKey[]
  /** Entries that were not usable; one bad key never spoils the others. */
  readonly skipped: number
}

/**
 * Fetches a JWK set once, within limits: no redirect, 512 KiB, 100 keys, `timeoutMs`.
 *
 * @throws when the answer is anything but a JWK set; the cause is for events, never for callers.
 * @see RFC 7517 section 5
 */
export async function fetchKeySet(
  url: string,
  timeoutMs: number,
  fetch: Fetch,
  closed: AbortSignal,
): Promise<FetchedKeys> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), closed])
  const response = await fetch(url, {
    signal,
    redirect: 'manual',
    headers: { accept: 'application/jwk-set+json, application/json' },
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`key set: answered ${response.status}`)
  }
  const body = decodeJson(await readBounded(response))
  const entries = (body as { keys?: unknown } | null)?.keys
  if (!Array.isArray(entries)) throw new Error('key set: no JWK set in the answer')
  if (entries.length > MAX_KEYS) throw new Error(`key set: more than ${MAX_KEYS} keys`)
  return usableKeys(entries)
}

/** Drops what must not verify, and every key whose `kid` stands twice: nobody can say which is meant. */
export function usableKeys(entries: readonly unknown[]): FetchedKeys {
  const good = entries.filter((entry): entry is PublicJwk => jwkProblem(entry) === null)
  const times = new Map<string, number>()
  for (const { kid } of good) if (kid !== undefined) times.set(kid, (times.get(kid) ?? 0) + 1)
  const keys = good.filter(({ kid }) => kid === undefined || times.get(kid) === 1).map(keyOfJwk)
  return { keys, skipped: entries.length - keys.length }
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  const reader = response.body?.getReader()
  if (reader === undefined || declared > MAX_BYTES) {
    await reader?.cancel()
    throw new Error('key set: empty or larger than 512 KiB')
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > MAX_BYTES) {
      await reader.cancel()
      throw new Error('key set: larger than 512 KiB')
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

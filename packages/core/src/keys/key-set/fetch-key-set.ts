import { plainError } from '../../errors/plain-error.js'
import * as z from 'zod/mini'
import type { PublicJwk } from '../../crypto/port.js'
import { fetchJson, type Fetch } from '../../outbound/fetch-json.js'
import { jwkProblem } from '../import/jwk.js'
import { keyOfJwk, type PublishedKey } from '../import/verification-key.js'

const MAX_BYTES = 524_288
export const MAX_KEYS = 100

/** Each key is checked separately, so that a bad one does not spoil the others. @see RFC 7517 section 5 */
const jwkSet = z.object({ keys: z.array(z.unknown()) })

export interface FetchedKeys {
  readonly keys: readonly PublishedKey[]
  /** Number of unusable entries. */
  readonly skipped: number
  /**
   * How long the answer is valid according to the issuer (`Cache-Control: max-age` minus `Age`), in milliseconds; null
   * if it does not say.
   */
  readonly maxAgeMs: number | null
}

/** Fetches once what is published at an address; throws if the answer cannot be trusted. */
export type LoadKeys = (url: string, timeoutMs: number, fetch: Fetch, closed: AbortSignal) => Promise<FetchedKeys>

/**
 * Fetches a JWK set once, within limits: no redirect, 512 KiB, 100 keys, `timeoutMs`.
 *
 * @throws if the answer is not a JWK set; the cause is for events, never for callers.
 * @see RFC 7517 section 5
 */
export async function fetchKeySet(
  url: string,
  timeoutMs: number,
  fetch: Fetch,
  closed: AbortSignal,
): Promise<FetchedKeys> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const {
    status,
    body,
    headers: fields,
    answered,
  } = await fetchJson(url, { headers }, { timeoutMs, maxBytes: MAX_BYTES, fetch, closed })
  if (status !== 200) throw plainError(`key set: ${answered}`)
  const set = z.safeParse(jwkSet, body)
  if (!set.success) throw plainError(`key set: ${answered}, without a list of JWKs in \`keys\``)
  const entries = set.data.keys
  if (entries.length > MAX_KEYS) throw plainError(`key set: ${answered}, with more than ${MAX_KEYS} keys`)
  return { ...usableKeys(entries), maxAgeMs: maxAgeOf(fields) }
}

/** @see RFC 9111 section 4.2 */
export function maxAgeOf(headers: Headers): number | null {
  const control = headers.get('cache-control') ?? ''
  if (/(?:^|[\s,])no-(?:store|cache)(?:[\s,]|$)/i.test(control)) return 0
  const seconds = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(control)?.[1]
  if (seconds === undefined) return null
  const age = /^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? '0'
  return Math.max(0, Number(seconds) - Number(age)) * 1_000
}

/** Drops keys that must not verify, and all keys whose `kid` occurs twice, because it is unclear which one is meant. */
export function usableKeys(entries: readonly unknown[]): Pick<FetchedKeys, 'keys' | 'skipped'> {
  const good = entries.filter((entry): entry is PublicJwk => jwkProblem(entry) === null)
  const times = new Map<string, number>()
  for (const { kid } of good) if (kid !== undefined) times.set(kid, (times.get(kid) ?? 0) + 1)
  const keys = good.filter(({ kid }) => kid === undefined || times.get(kid) === 1).map(keyOfJwk)
  return { keys, skipped: entries.length - keys.length }
}

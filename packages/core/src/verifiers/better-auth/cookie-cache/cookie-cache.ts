import { MAX_VALUES_PER_COOKIE } from '../../../http/cookies.js'
import type { JsonObject } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { toMilliseconds } from '../../../sql/column-values.js'
import { readSession } from '../sessions/read-session.js'
import type { FoundSession } from '../sessions/session.js'

/** The content of a genuine cache, in any encoding. */
export interface GenuineCache {
  /** `{ session, user, updatedAt, version }`; 1.3 has only the first two. */
  readonly payload: JsonObject
  /** The cache's own expiry, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** Null if a key set verified it. */
  readonly secretIndex: number | null
}

/** Null if it has another encoding or is not genuine. A throw or a rejection means "cannot tell". */
export type ReadCache = (value: string) => Promise<GenuineCache | null>

export type CacheReading =
  | { readonly kind: 'current'; readonly found: FoundSession; readonly secretIndex: number | null }
  /** Genuine and of this session, but expired. */
  | { readonly kind: 'expired' }
  /** Absent, forged, of another session or of another version. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly cause: unknown }

export interface CacheRules {
  readonly version: string
  /** Null: the cache's own expiry decides. */
  readonly maxAgeMs: number | null
}

const CLOCK_TOLERANCE_MS = 15_000

/**
 * Reads the cookie cache (`session_data`) beside a session cookie. It counts only for exactly that cookie's session,
 * which servers before 1.7 do not check.
 *
 * @param values Values of the cache cookie, chunks joined.
 * @param token From the session cookie, whose signature is already verified.
 */
export async function readCookieCache(
  values: readonly string[],
  token: string,
  read: ReadCache,
  rules: CacheRules,
  now: number,
): Promise<CacheReading> {
  let reading: CacheReading = { kind: 'none' }
  for (const value of values.slice(0, MAX_VALUES_PER_COOKIE)) {
    let genuine: GenuineCache | null
    try {
      genuine = await read(value)
    } catch (cause) {
      reading = { kind: 'unavailable', cause }
      continue
    }
    const judged = genuine === null ? null : judgeCache(genuine, token, rules, now)
    if (judged?.kind === 'current') return judged
    if (judged?.kind === 'expired' && reading.kind === 'none') reading = judged
  }
  return reading
}

function judgeCache(
  { payload, expiresAt, secretIndex }: GenuineCache,
  token: string,
  { version, maxAgeMs }: CacheRules,
  now: number,
): CacheReading {
  const read = readSession(payload)
  if (read === null || read.token !== token) return { kind: 'none' }
  if ((own(payload, 'version') ?? '1') !== version) return { kind: 'none' }
  const writtenAt = own(payload, 'updatedAt') ?? null
  if (writtenAt !== null && !(typeof writtenAt === 'number' && writtenAt <= now + CLOCK_TOLERANCE_MS))
    return { kind: 'none' }
  const end = toMilliseconds(read.found.session.expiresAt)
  if (end === null) return { kind: 'none' }
  if (expiresAt <= now || end <= now) return { kind: 'expired' }
  // 1.3 does not say when the cache was written, so its age is unknown.
  if (writtenAt === null && maxAgeMs !== null) return { kind: 'none' }
  if (writtenAt !== null && maxAgeMs !== null && now - writtenAt > maxAgeMs) return { kind: 'expired' }
  return { kind: 'current', found: read.found, secretIndex }
}

import { MAX_VALUES_PER_COOKIE } from '../../../http/cookies.js'
import type { JsonObject } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { toMilliseconds } from '../../../sql/column-values.js'
import { readSession } from '../sessions/read-session.js'
import type { FoundSession } from '../sessions/session.js'

/** What a genuine cache says, whichever way it is encoded. */
export interface GenuineCache {
  /** `{ session, user, updatedAt, version }`; 1.3 has only the first two. */
  readonly payload: JsonObject
  /** The cache's own end, milliseconds since the epoch. */
  readonly expiresAt: number
  /** Null if a key set proved it. */
  readonly secretIndex: number | null
}

/** Null: not of this encoding, or not genuine. A throw or a rejection means "cannot tell". */
export type ReadCache = (value: string) => Promise<GenuineCache | null>

export type CacheReading =
  | { readonly kind: 'current'; readonly found: FoundSession; readonly secretIndex: number | null }
  /** Genuine, of this session, and past its time. */
  | { readonly kind: 'expired' }
  /** Absent, forged, of another session or of another version. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly cause: unknown }

export interface CacheRules {
  readonly version: string
  /** Null: the cache's own end decides. */
  readonly maxAgeMs: number | null
}

const CLOCK_TOLERANCE_MS = 15_000

/**
 * Reads the cookie cache (`session_data`) that stands beside a session cookie. It counts only for
 * the very session of that cookie: servers before 1.7 do not ask this.
 *
 * @param values Of the cache cookie, its chunks joined.
 * @param token Of the session cookie, whose signature was verified before.
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
  // 1.3 does not say when it wrote, so that nobody can tell whether it is younger than the limit.
  if (writtenAt === null && maxAgeMs !== null) return { kind: 'none' }
  if (writtenAt !== null && maxAgeMs !== null && now - writtenAt > maxAgeMs) return { kind: 'expired' }
  return { kind: 'current', found: read.found, secretIndex }
}

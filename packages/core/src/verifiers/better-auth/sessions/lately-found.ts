import * as crypto from '#crypto'
import { createCoalesce } from '../../../async/coalesce.js'
import { boundedCache } from '../../../cache/bounded-cache.js'
import { toMilliseconds } from '../../../sql/column-values.js'
import type { FindSession, FoundSession } from './session.js'

export interface LatelyFoundRules {
  /** How long an answer is used, in milliseconds; 0: only concurrent requests share it. */
  readonly cacheMs: number
  /** How long a caller waits for a look-up started by another caller. */
  readonly timeoutMs: number
}

interface Kept {
  readonly found: FoundSession
  /** Milliseconds since the epoch. */
  readonly until: number
}

const MAX_SESSIONS = 10_000

/**
 * One look-up for concurrent requests of the same session and for those shortly after. A missing session is looked up
 * every time, because somebody may have just signed in. Sessions are kept by a hash of their token.
 */
export function latelyFound({ cacheMs, timeoutMs }: LatelyFoundRules, find: FindSession): FindSession {
  const kept = boundedCache<Kept>(MAX_SESSIONS)
  const lookUps = createCoalesce<FoundSession | null>({ waitMs: timeoutMs })
  return async (token, cookie, demand = { fresh: false, now: Date.now() }) => {
    const { fresh, now } = demand
    const key = await crypto.sha256(token)
    const known = fresh ? undefined : kept.get(key)
    if (known !== undefined && now < known.until) return known.found
    return lookUps[fresh ? 'start' : 'join'](key, async ({ isCurrent }) => {
      const found = await find(token, cookie, demand)
      // An earlier look-up must not bring back what a fresh one did not find.
      if (!isCurrent()) return found
      kept.delete(key)
      const until = Math.min(now + cacheMs, toMilliseconds(found?.session.expiresAt) ?? 0)
      if (found !== null && until > now) kept.set(key, { found, until })
      return found
    })
  }
}

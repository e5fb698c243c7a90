import * as crypto from '#crypto'
import { createCoalesce } from '../../../async/coalesce.js'
import { boundedCache } from '../../../cache/bounded-cache.js'
import { toMilliseconds } from '../../../sql/column-values.js'
import type { FindSession, FoundSession } from './session.js'

export interface LatelyFoundRules {
  /** How long an answer serves; 0: concurrent requests share one, nothing else. */
  readonly cacheMs: number
  /** How long a caller waits for a look-up that another caller began. */
  readonly timeoutMs: number
}

interface Kept {
  readonly found: FoundSession
  /** Milliseconds since the epoch. */
  readonly until: number
}

const MAX_SESSIONS = 10_000

/**
 * One look-up for requests of the same session at the same time, and for those shortly after it. A session that is not
 * there is looked for every time: somebody may have just signed in. Sessions are kept by a hash of their token.
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
      // A look-up that began earlier must not bring back what a fresh one did not find.
      if (!isCurrent()) return found
      kept.delete(key)
      const until = Math.min(now + cacheMs, toMilliseconds(found?.session.expiresAt) ?? 0)
      if (found !== null && until > now) kept.set(key, { found, until })
      return found
    })
  }
}

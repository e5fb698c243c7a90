import { boundedCache } from '../cache/bounded-cache.js'
import { createCoalesce, type Run } from '../async/coalesce.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import type { Verification } from '../route/verifier.js'

export interface MemoryOptions {
  /** How long an acceptance may be used; never past the token's own expiry. */
  readonly cacheMs: number
  readonly negativeCacheMs: number
  readonly maxEntries: number
  /** How long a caller waits for a request started by another caller. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** Answers from memory, or asks. Concurrent callers with the same token share one request. */
export type Remember<Claims> = (
  key: string,
  fresh: boolean,
  ask: () => Promise<Verification<Claims>>,
) => MaybePromise<Verification<Claims>>

interface Remembered<Claims> {
  readonly verification: Verification<Claims>
  readonly until: number
}

const MAX_REFUSED = 1_000

/**
 * Acceptances and refusals are kept apart, so that junk never evicts genuine entries. A caller that needs a fresh
 * answer does not join an earlier request, and its answer replaces the remembered one.
 */
export function createAnswerMemory<Claims>(options: MemoryOptions): Remember<Claims> {
  const { cacheMs, negativeCacheMs, maxEntries, timeoutMs, now } = options
  const accepted = boundedCache<Remembered<Claims>>(cacheMs > 0 ? maxEntries : 1)
  const refused = boundedCache<Remembered<Claims>>(MAX_REFUSED)
  const exchanges = createCoalesce<Verification<Claims>>({ waitMs: timeoutMs })

  const recall = (key: string): Verification<Claims> | null => {
    for (const cache of [accepted, refused]) {
      const found = cache.get(key)
      if (found === undefined) continue
      if (now() < found.until) return found.verification
      cache.delete(key)
    }
    return null
  }
  const keep = (key: string, verification: Verification<Claims>, askedAt: number): void => {
    if (verification.outcome === 'unavailable') return
    accepted.delete(key)
    refused.delete(key)
    if (verification.outcome === 'accepted') {
      const end = (verification.identity.expiresAt ?? Number.POSITIVE_INFINITY) * 1000
      const until = Math.min(askedAt + cacheMs, end)
      if (until > now()) accepted.set(key, { verification, until })
    } else if (negativeCacheMs > 0) refused.set(key, { verification, until: askedAt + negativeCacheMs })
  }

  return (key, fresh, ask) => {
    const asked = (run: Run): Promise<Verification<Claims>> => {
      const askedAt = now()
      return ask().then((verification) => {
        // An older request that finishes later must not bring back what a fresh one refused.
        if (run.isCurrent()) keep(key, verification, askedAt)
        return verification
      })
    }
    if (fresh) return exchanges.start(key, asked)
    return recall(key) ?? exchanges.join(key, asked)
  }
}

import { boundedCache } from '../cache/bounded-cache.js'
import { createCoalesce, type Run } from '../async/coalesce.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import type { Verification } from '../route/verifier.js'

export interface MemoryOptions {
  /** How long an acceptance may serve; never past the token's own end. */
  readonly cacheMs: number
  readonly negativeCacheMs: number
  readonly maxEntries: number
  /** How long a caller waits for an exchange that another caller began. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** Answers from memory, or asks; callers that ask for the same token at a time share one exchange. */
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
 * Acceptances and refusals live apart, so that junk never evicts what is genuine. Who asks for a
 * fresh answer shares no exchange that began before, and its answer replaces what was remembered.
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
        // An older exchange that ends later must not bring back what a fresh one refused.
        if (run.isCurrent()) keep(key, verification, askedAt)
        return verification
      })
    }
    if (fresh) return exchanges.start(key, asked)
    return recall(key) ?? exchanges.join(key, asked)
  }
}

import { boundedCache } from '../cache/bounded-cache.js'
import { within } from '../async/within.js'
import type { Verification } from '../route/verifier.js'

export interface MemoryOptions {
  /** How long an acceptance may serve; never past the token's own end. */
  readonly cacheMs: number
  readonly negativeCacheMs: number
  readonly maxEntries: number
  /** How long others wait for an exchange that somebody else began. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** Answers from memory, or asks; callers that ask for the same token at a time share one exchange. */
export type Remember<Claims> = (
  key: string,
  fresh: boolean,
  ask: () => Promise<Verification<Claims>>,
) => Promise<Verification<Claims>>

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
  const accepted = boundedCache<Remembered<Claims>>(maxEntries)
  const refused = boundedCache<Remembered<Claims>>(MAX_REFUSED)
  // Bounded, too: an exchange that died unheard leaves its entry behind.
  const flights = boundedCache<Promise<Verification<Claims>>>(maxEntries)

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

  function start(key: string, ask: () => Promise<Verification<Claims>>): Promise<Verification<Claims>> {
    const askedAt = now()
    const flight: Promise<Verification<Claims>> = ask()
      .then((verification) => {
        // An older exchange that ends later must not bring back what a fresh one refused.
        if (flights.get(key) === flight) keep(key, verification, askedAt)
        return verification
      })
      .finally(() => {
        if (flights.get(key) === flight) flights.delete(key)
      })
    flights.set(key, flight)
    return flight
  }

  return async (key, fresh, ask) => {
    if (fresh) return start(key, ask)
    const known = recall(key)
    if (known !== null) return known
    const flight = flights.get(key)
    // On Workers an exchange dies with the request that began it, without a word to who else waits.
    return (flight === undefined ? null : await within(flight, timeoutMs)) ?? start(key, ask)
  }
}

import { AuthError } from '@dualauth/core'
import { within } from '@dualauth/core/adapter'
import { memoryLimiter } from './memory-limiter.js'
import type { AttemptLimit, AttemptLimiter, Settings } from './options.js'

/** Counts attempts, for one identifier and in total. */
export interface Attempts {
  /**
   * @param of What is attempted; each has a count of its own.
   * @throws {AuthError} `rate_limited`, with `Retry-After`; `store_unavailable`
   */
  count(of: 'password' | 'who', identifier: string): Promise<void>
  /**
   * Counts for whom was found, once more: a person may have several names.
   *
   * @throws {AuthError} As `count`.
   */
  countPerson(id: string): Promise<void>
  /** The password was right. Never rejects: at worst, the count goes on. */
  forget(identifier: string, id: string): Promise<void>
}

/** As long as other stores may take. */
const TIMEOUT_MS = 1_000

/** What is over the limit of an account does not count in total. */
export function createAttempts({ perAccount, total, now }: Pick<Settings, 'now' | 'perAccount' | 'total'>): Attempts {
  const limiterOf = (limit: AttemptLimit | AttemptLimiter): AttemptLimiter =>
    'consume' in limit ? limit : memoryLimiter(limit, now)
  const [accounts, all] = [limiterOf(perAccount), limiterOf(total)]
  return {
    async count(of, identifier) {
      await consume(accounts, await keyOf(of, identifier))
      await consume(all, 'total')
    },
    async countPerson(id) {
      await consume(accounts, await keyOf('person', id))
    },
    async forget(identifier, id) {
      const keys = await Promise.all([keyOf('password', identifier), keyOf('person', id)])
      const begin = keys.map(async (key) => accounts.delete(key))
      await within(Promise.allSettled(begin), TIMEOUT_MS)
    },
  }
}

async function consume(limiter: AttemptLimiter, key: string): Promise<void> {
  const take = async (): Promise<true> => {
    await limiter.consume(key)
    return true
  }
  let taken: true | null
  try {
    taken = await within(take(), TIMEOUT_MS)
  } catch (cause) {
    const msBeforeNext = (cause as { readonly msBeforeNext?: unknown } | null | undefined)?.msBeforeNext
    if (typeof msBeforeNext !== 'number') throw new AuthError('store_unavailable', { cause })
    throw new AuthError('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) })
  }
  if (taken === null) throw new AuthError('store_unavailable', { message: 'a limiter did not answer in time' })
}

/** A store that others read holds no addresses. */
async function keyOf(of: string, identifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(identifier))
  return `${of}:${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

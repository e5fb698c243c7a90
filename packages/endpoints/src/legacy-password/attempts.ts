import { AuthError } from '@dualauth/core'
import type { AttemptLimit } from './options.js'

/** Counts attempts. */
export interface Attempts {
  /** @throws {AuthError} `rate_limited`, with `Retry-After`. */
  count(identifier: string): void
  /** The password was right. */
  forget(identifier: string): void
}

interface Window {
  readonly endsAt: number
  attempts: number
}

/**
 * In the memory of this instance, which is bounded: no more identifiers are kept than the total lets through within the time of an
 * account, and those whose time is over go first.
 */
export function createAttempts(perAccount: AttemptLimit, total: AttemptLimit, now: () => number): Attempts {
  const accounts = new Map<string, Window>()
  let all: Window = { endsAt: 0, attempts: 0 }

  const spend = (window: Window, { attempts }: AttemptLimit, at: number): void => {
    if (window.attempts >= attempts)
      throw new AuthError('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil((window.endsAt - at) / 1000)) })
    window.attempts++
  }

  return {
    count(identifier) {
      const at = now()
      // All of them last as long, so that they end in the order in which they began.
      for (const [key, { endsAt }] of accounts) {
        if (endsAt > at) break
        accounts.delete(key)
      }
      if (all.endsAt <= at) all = { endsAt: at + total.windowMs, attempts: 0 }
      const window = accounts.get(identifier) ?? { endsAt: at + perAccount.windowMs, attempts: 0 }
      spend(window, perAccount, at)
      spend(all, total, at)
      accounts.set(identifier, window)
    },
    forget(identifier) {
      accounts.delete(identifier)
    },
  }
}

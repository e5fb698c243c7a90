import { NO_COOKIES, type SetCookie } from '../../http/set-cookie.js'
import { sessionCookies, type SessionCookieRules } from './session-cookies.js'
import { memoryStore } from './shared-store.js'

/** Rewrites sessions that were used, unless the app has ended them meanwhile. */
export interface SessionSlider {
  /**
   * @param key The session's constant key.
   * @param chunks How many chunks the request has.
   */
  cookies(content: unknown, key: string, chunks: number): Promise<readonly SetCookie[]>
  endSession(key: string): void
}

/** Longer than any answer that was under way when a session ended. */
const KEEP_MS = 120_000

export function createSessionSlider(
  rules: SessionCookieRules,
  seal: (content: unknown) => Promise<string>,
  now: () => number,
): SessionSlider {
  const ended = memoryStore(now)
  const endSession = (key: string): void => ended.set(key, '', KEEP_MS)
  return {
    endSession,
    async cookies(content, key, chunks) {
      const fate = { endSession: () => endSession(key), isEnded: () => ended.get(key) !== null }
      return sessionCookies(rules, await seal(content), chunks, fate) ?? NO_COOKIES
    },
  }
}

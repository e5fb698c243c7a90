import type { SetCookie } from '../../http/set-cookie.js'
import type { VerifierContext } from '../../route/verifier.js'
import type { Renewed } from './renewal.js'
import { refreshTokenOf, type SealedSession } from './session-kind.js'
import { sessionCookies, type SessionCookieRules } from './session-cookies.js'

/** What a request presented, and what the provider answered to the refresh of it. */
export interface Refreshed {
  readonly renewal: Renewed
  readonly before: SealedSession
  /** What the answer's seal holds. */
  readonly content: unknown
  /** How many chunks the request brought. */
  readonly chunks: number
}

/** Writes what a refresh gave: a refresh token is spent once, and what came for it must not be lost. */
export interface SessionWriter {
  /** The refreshed session; where that fits no cookie that would be read again, `hold`. */
  write(refreshed: Refreshed): Promise<readonly SetCookie[]>
  /**
   * The presented session with the new refresh token: as large as it was, and refreshed again by the next request. For an
   * answer that is of no use here.
   */
  carry(refreshed: Refreshed): Promise<readonly SetCookie[]>
  /** The same, and for a while the next request gets this answer instead of asking: it cannot be judged, or written, now. */
  hold(refreshed: Refreshed): Promise<readonly SetCookie[]>
}

export function createSessionWriter(
  rules: SessionCookieRules,
  seal: (content: unknown) => Promise<string>,
  { verifier, context }: { readonly verifier: string; readonly context: VerifierContext },
): SessionWriter {
  const cookiesOf = (sealed: string, { renewal, chunks }: Refreshed) =>
    sessionCookies(rules, sealed, chunks, { endSession: renewal.endSession, isEnded: renewal.isEnded })

  async function carry(refreshed: Refreshed): Promise<readonly SetCookie[]> {
    const { before, content } = refreshed
    const refreshToken = refreshTokenOf(content)
    // The browser has it already.
    if (refreshToken === null || refreshToken === before.refreshToken) return []
    return cookiesOf(await seal({ ...before.members, refreshToken }), refreshed) ?? []
  }

  async function hold(refreshed: Refreshed): Promise<readonly SetCookie[]> {
    const { renewal, content, before } = refreshed
    const refreshToken = refreshTokenOf(content)
    if (refreshToken !== null && refreshToken !== before.refreshToken) await renewal.keepFor(refreshToken)
    return carry(refreshed)
  }

  return {
    carry,
    hold,
    async write(refreshed) {
      const { renewal } = refreshed
      const cookies = cookiesOf(renewal.sealed, refreshed)
      if (cookies !== null) return cookies
      if (renewal.asked) context.emit({ type: 'cookie_too_large', verifier, bytes: renewal.sealed.length })
      return hold(refreshed)
    },
  }
}

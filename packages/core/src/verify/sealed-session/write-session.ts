import type { SetCookie } from '../../http/set-cookie.js'
import type { VerifierContext } from '../../route/verifier.js'
import type { Renewed } from './renewal.js'
import { refreshTokenOf, type SealedSession } from './session-kind.js'
import { sessionCookies, type SessionCookieRules } from './session-cookies.js'

/** The session that a request presented, and the provider's answer to its refresh. */
export interface Refreshed {
  readonly renewal: Renewed
  readonly before: SealedSession
  /** The content of the answer's seal. */
  readonly content: unknown
  /** How many chunks the request has. */
  readonly chunks: number
}

/** Writes the result of a refresh. A refresh token can be used only once, so its result must not be lost. */
export interface SessionWriter {
  /** Writes the refreshed session; `hold` if it fits no cookie that could be read again. */
  write(refreshed: Refreshed): Promise<readonly SetCookie[]>
  /**
   * Writes the presented session with the new refresh token: it keeps its size, and the next request refreshes it
   * again. For an answer that cannot be used.
   */
  carry(refreshed: Refreshed): Promise<readonly SetCookie[]>
  /**
   * Like `carry`, but for a while the next request gets this answer instead of asking. For an answer that cannot be
   * judged or written now.
   */
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
    // The browser already has it.
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

import type { Verification, VerifierContext } from '../../../route/verifier.js'
import type { SealedSession } from '../session/session-content.js'

/** Refreshing of sealed sessions, as `workosRefresh` makes it. */
export interface WorkosRefresh {
  open(parts: RefreshParts): OpenRefresh
}

/** What sealed sessions lend to their refreshing. */
export interface RefreshParts {
  readonly verifier: string
  readonly clientId: string
  readonly apiUrl: string
  readonly context: VerifierContext
  /** Seals with the newest password. */
  seal(content: unknown): Promise<string>
}

export interface OpenRefresh {
  readonly refreshBeforeSeconds: number
  /** @param past An answer that is not fresh enough: WorkOS is asked, once for all who go past this one. */
  renew(session: RefreshableSession, past: string | null): Promise<Renewal>
  /** The app ended the session: nobody gets it refreshed any more. Rejects when the store was not told. */
  endSession(session: RefreshableSession): Promise<void>
  close(): void
}

export interface RefreshableSession extends SealedSession {
  readonly refreshToken: string
}

export type Renewal =
  | {
      readonly outcome: 'renewed'
      readonly sealed: string
      /** True when WorkOS was asked for it now, false when an earlier answer is given again. */
      readonly asked: boolean
      /** The app ended the session: nobody gets this answer any more. */
      endSession(): void
      isEnded(): boolean
      /** The answer was refreshed in its turn: whoever still brings the old cookie gets this one. */
      supersede(sealed: string): void
      /** The refresh token inside: when its session ends, this answer does. */
      leadsTo(refreshToken: string): Promise<void>
      /** The answer fits no cookie, or cannot be judged now: for a while it is also what a session with its refresh token is renewed to. */
      keepFor(refreshToken: string): Promise<void>
    }
  /** WorkOS says that the session is over; asking again changes nothing. */
  | { readonly outcome: 'ended' }
  | Extract<Verification<never>, { outcome: 'unavailable' }>

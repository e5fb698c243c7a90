import type { Verification } from '../../route/verifier.js'
import type { RefreshableSession } from './session-kind.js'

/** What asking a provider to refresh a session came to. */
export type Grant =
  /** `content` is what the session's seal holds from now on. */
  { readonly outcome: 'granted'; readonly content: unknown } | NoGrant

export type NoGrant =
  /** This session is over: signing in again is the only way on. */
  | { readonly outcome: 'ended' }
  /** Nobody can tell: an outage, a limit, or a mistake in our own configuration. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown; readonly retryAfterSeconds?: number }

/** The renewing of sealed sessions, at work. */
export interface OpenRefresh<Session extends RefreshableSession = RefreshableSession> {
  readonly refreshBeforeSeconds: number
  /** @param past An answer that is not fresh enough: the provider is asked, once for all who go past this one. */
  renew(session: Session, past: string | null): Promise<Renewal>
  /** The app ended the session: nobody gets it refreshed any more. Rejects if the store was not told. */
  endSession(session: Session): Promise<void>
  /** Rejects if what it needs cannot be asked now. */
  ready(): Promise<unknown>
  close(): void
}

export type Renewal =
  | Renewed
  /** The provider says that the session is over; asking again changes nothing. */
  | { readonly outcome: 'ended' }
  | Extract<Verification<never>, { outcome: 'unavailable' }>

export interface Renewed {
  readonly outcome: 'renewed'
  readonly sealed: string
  /** True if the provider was asked for it now, false if an earlier answer is given again. */
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

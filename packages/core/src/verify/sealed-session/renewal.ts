import type { Verification } from '../../route/verifier.js'
import type { RefreshableSession } from './session-kind.js'

/** A provider's answer to a refresh. */
export type Grant =
  /** `content` is the session's new content. */
  { readonly outcome: 'granted'; readonly content: unknown } | NoGrant

export type NoGrant =
  /** This session is over: the person must sign in again. */
  | { readonly outcome: 'ended' }
  /** Cannot tell: an outage, a limit, or a mistake in our own configuration. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown; readonly retryAfterSeconds?: number }

/** Renews sealed sessions. */
export interface OpenRefresh<Session extends RefreshableSession = RefreshableSession> {
  readonly refreshBeforeSeconds: number
  /**
   * @param past An answer that is not fresh enough: the provider is asked again, once for all callers with this answer.
   */
  renew(session: Session, past: string | null): Promise<Renewal>
  /** Call it when the app has ended the session: it is no longer refreshed. Rejects if the store was not notified. */
  endSession(session: Session): Promise<void>
  /** Rejects if what it needs is not available now. */
  ready(): Promise<unknown>
  close(): void
}

export type Renewal =
  | Renewed
  /** The provider says that the session is over; asking again would not help. */
  | { readonly outcome: 'ended' }
  | Extract<Verification<never>, { outcome: 'unavailable' }>

export interface Renewed {
  readonly outcome: 'renewed'
  readonly sealed: string
  /** True if the provider was asked now, false if this is an earlier answer. */
  readonly asked: boolean
  /** Call it when the app has ended the session: this answer is no longer given. */
  endSession(): void
  isEnded(): boolean
  /** The answer was itself refreshed: requests with the old cookie now get this one. */
  supersede(sealed: string): void
  /** The refresh token inside: if its session ends, so does this answer. */
  leadsTo(refreshToken: string): Promise<void>
  /**
   * For an answer that fits no cookie or cannot be judged now: for a while, a session with its refresh token is also
   * renewed to it.
   */
  keepFor(refreshToken: string): Promise<void>
}

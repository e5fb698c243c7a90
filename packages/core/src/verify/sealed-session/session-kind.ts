import type { MaybePromise } from '../../async/maybe-promise.js'
import type { JsonObject } from '../../route/jwt.js'
import type { HeldSession, Rejected, Verification } from '../../route/verifier.js'
import { own } from '../../settings/own.js'
import { objectOf } from '../jwt/mapped-claims.js'

/** The content of a genuine seal, which the app itself made. */
export interface SealedSession {
  readonly refreshToken: string | null
  /** All members, to seal them again with new tokens. */
  readonly members: JsonObject
}

export interface RefreshableSession extends SealedSession {
  readonly refreshToken: string
}

/** The period for which the provider has vouched, in seconds since the epoch. */
export interface SessionLife {
  /** Null if it is not stated. */
  readonly since: number | null
  readonly end: number
  /** When it should be renewed or rewritten regardless of its end. Absent: never. */
  readonly slideAt?: number
}

/** The provider-specific part of sealed sessions: how one is read and judged. */
export interface SessionKind<Session extends SealedSession, Claims> {
  /** Null if the content is not a session of this kind. */
  read(content: unknown): Session | null
  /** Verifies the session without renewing it. */
  judge(session: Session): MaybePromise<Verification<Claims>>
  lifeOf(session: Session): SessionLife
  /** The session as its principals state it, even if it is over: the app itself sealed it. */
  sessionOf(session: Session): MaybePromise<HeldSession | null>
  /** The time of issue that revocations use, in seconds since the epoch: a refresh is not a new sign-in. */
  issuedAtOf(session: Session): number | null
  /** Why a session due for renewal is refused instead, such as another issuer; null if it is not. */
  refusalOf(session: Session): Rejected | null
  isSameUser(before: Session, after: Session): boolean
  /** For events: what is wrong if a renewed seal's content is not a session of this kind. */
  readonly unreadable: string
  /** For sessions with an idle limit. */
  readonly slide?: Slide<Session>
}

/** How a session that was used but not renewed is rewritten. */
export interface Slide<Session> {
  /** A value that stays the same for the session's whole life. */
  keyOf(session: Session): string
  /** The new content; null if it is not time yet. */
  contentOf(session: Session): unknown
}

const MAX_REFRESH_TOKEN_LENGTH = 4_096

/** The refresh token in the content. */
export function refreshTokenOf(content: unknown): string | null {
  const token = own(objectOf(content), 'refreshToken')
  return typeof token === 'string' && token !== '' && token.length <= MAX_REFRESH_TOKEN_LENGTH ? token : null
}

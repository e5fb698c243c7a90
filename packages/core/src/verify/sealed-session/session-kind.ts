import type { MaybePromise } from '../../async/maybe-promise.js'
import type { JsonObject } from '../../route/jwt.js'
import type { HeldSession, Rejected, Verification } from '../../route/verifier.js'
import { own } from '../../settings/own.js'
import { objectOf } from '../jwt/mapped-claims.js'

/** What a genuine seal holds. The seal is the app's own. */
export interface SealedSession {
  readonly refreshToken: string | null
  /** Everything, to seal it again with new tokens. */
  readonly members: JsonObject
}

export interface RefreshableSession extends SealedSession {
  readonly refreshToken: string
}

/** From when to when the provider has vouched, in seconds since the epoch. */
export interface SessionLife {
  /** Null if it is not stated. */
  readonly since: number | null
  readonly end: number
  /** From when on it is renewed or slid, whatever its end. Absent: never for that. */
  readonly slideAt?: number
}

/** What is a provider's about sealed sessions: how one is read and judged. */
export interface SessionKind<Session extends SealedSession, Claims> {
  /** Null for content that is no session of this kind. */
  read(content: unknown): Session | null
  /** Verifies the session as it is, without renewing it. */
  judge(session: Session): MaybePromise<Verification<Claims>>
  lifeOf(session: Session): SessionLife
  /** As its principals state it, also of one that is over: the seal is the app's own. */
  sessionOf(session: Session): MaybePromise<HeldSession | null>
  /** When it was issued, in seconds since the epoch, as revocations count it: a refresh is no new sign-in. */
  issuedAtOf(session: Session): number | null
  /** Why a session that is due is not renewed but refused, such as another issuer's; null if nothing is against it. */
  refusalOf(session: Session): Rejected | null
  isSameUser(before: Session, after: Session): boolean
  /** What is wrong with the content of a renewed seal that is no session of this kind, for events. */
  readonly unreadable: string
  /** For sessions that end by being idle. */
  readonly slide?: Slide<Session>
}

/** How a session that was used, and not renewed, is written again. */
export interface Slide<Session> {
  /** What stays the same while the session lives. */
  keyOf(session: Session): string
  /** Null while it is not time yet. */
  contentOf(session: Session): unknown
}

const MAX_REFRESH_TOKEN_LENGTH = 4_096

/** The refresh token, whatever stands beside it. */
export function refreshTokenOf(content: unknown): string | null {
  const token = own(objectOf(content), 'refreshToken')
  return typeof token === 'string' && token !== '' && token.length <= MAX_REFRESH_TOKEN_LENGTH ? token : null
}

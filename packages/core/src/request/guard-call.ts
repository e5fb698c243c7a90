import type { MaybePromise } from '../async/maybe-promise.js'
import type { AuthError } from '../errors/auth-error.js'
import type { AuthRequest } from '../http/request.js'
import type { KeptCookies, LateCookies, SentChunks } from '../http/set-cookie.js'
import type { Principal } from '../identity/principal.js'
import type { Signals } from '../migration/policy/signals.js'
import type { Answer } from '../respond/answer.js'
import type { Resolution } from './resolution.js'

/** A request on its way through an adapter. */
export interface GuardCall {
  readonly request: AuthRequest
  /** What callbacks of the app get: the framework's own request. */
  readonly native: unknown
  /** Kept for the request and instance, so that several guards authenticate once. */
  readonly memo: Memo
  /** Told which cookies to write with the response, whatever becomes of it, and which end with another; for each guard anew. */
  keep(cookies: readonly KeptCookies[]): void
}

/** What one instance found out about one request, so that several guards ask once. */
export interface Memo {
  /** Which instance that was; another's principals satisfy no guard. */
  by?: unknown
  resolution?: MaybePromise<Resolution> | undefined
  /** The same, past every cache. */
  fresh?: MaybePromise<Resolution> | undefined
  /** Chunks of cookies that the request brought. */
  chunks?: readonly SentChunks[] | undefined
  /** What an automatic exchange may bring; null: nothing. */
  late?: LateCookies | null | undefined
}

/** Headers of the answer to a caller who was let in. */
export interface PassHeaders {
  readonly cacheControl: string
  readonly vary: string
  /** Where the old side of a migration let the caller in, what announces its end. Each is added; a name may stand twice. */
  readonly signals?: Signals
}

/** What a guard decides: let pass, refuse with an answer, or answer a CORS preflight. */
export type Verdict<P extends Principal = Principal> =
  /** Null is anonymous, under `optionalAuth()`. */
  | {
      readonly kind: 'pass'
      readonly principal: P | null
      readonly headers: PassHeaders
    }
  | {
      readonly kind: 'refuse'
      readonly error: AuthError
      readonly answer: Answer
    }
  /** A CORS preflight: not authenticated; CORS middleware answers it, never a handler. */
  | { readonly kind: 'preflight' }

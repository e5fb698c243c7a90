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
  /** The framework's own request, for the app's callbacks. */
  readonly native: unknown
  /** Kept per request and instance, so that several guards authenticate only once. */
  readonly memo: Memo
  /**
   * Receives, for each guard, the cookies to write with the response, whatever the result, and those that are cleared
   * with another cookie.
   */
  keep(cookies: readonly KeptCookies[]): void
}

/** One instance's results for one request, so that several guards ask only once. */
export interface Memo {
  /** The instance; another instance's principals satisfy no guard. */
  by?: unknown
  resolution?: MaybePromise<Resolution> | undefined
  /** The resolution with every cache bypassed. */
  fresh?: MaybePromise<Resolution> | undefined
  /** Cookie chunks in the request. */
  chunks?: readonly SentChunks[] | undefined
  /** Cookies that an automatic exchange may deliver; null: none. */
  late?: LateCookies | null | undefined
}

/** Headers of the answer to an accepted caller. */
export interface PassHeaders {
  readonly cacheControl: string
  readonly vary: string
  /**
   * The announcement of the old side's end, if the old side accepted the caller. Each field is added; a name may occur
   * twice.
   */
  readonly signals?: Signals
}

/** A guard's decision: let pass, refuse with an answer, or answer a CORS preflight. */
export type Verdict<P extends Principal = Principal> =
  /** Null for an anonymous caller, with `optionalAuth()`. */
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

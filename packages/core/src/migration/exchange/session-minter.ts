import type { MaybePromise } from '../../async/maybe-promise.js'
import type { CarrierKind } from '../../events/events.js'
import type { AuthRequest } from '../../http/request.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { BegunSessions } from '../../verify/sealed-session/begun-sessions.js'

/** The input of a minter: a credential that was just verified and linked. */
export interface MintRequest {
  readonly principal: Principal
  /** The credential itself, for a provider that exchanges it (RFC 8693). A secret: never log it. */
  readonly credential: string
  readonly carrier: CarrierKind
  /** True: the client gets tokens in the body. False: it is a browser and gets cookies. */
  readonly tokens: boolean
  /** The latest allowed expiry of the new session, in seconds since the epoch. A later expiry is refused. */
  readonly endsAt: number
  /**
   * Whether the session may later be extended past `endsAt`, as is usual for sessions of that side (option `renew`).
   */
  readonly slides: boolean
  /** How the person signed in, according to the old credential, plus `migrated`. @see RFC 8176 */
  readonly amr: readonly string[]
  /** The request being answered, for example to find chunks of an earlier session. Untrusted. */
  readonly request: AuthRequest
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Aborts when the result is no longer awaited. */
  readonly signal: AbortSignal
}

/** Tokens for a client that stores them itself. */
export interface MintedTokens {
  /** Sent as a bearer. */
  readonly accessToken: string
  /** Seconds from now. */
  readonly expiresIn: number
  readonly refreshToken?: string
}

/** The result of a minter. */
export type Minted =
  | { readonly kind: 'cookies'; readonly cookies: readonly SetCookie[] }
  | { readonly kind: 'tokens'; readonly tokens: MintedTokens }
  /** No session can be created: the person must sign in there, at a provider that may already know them. */
  | {
      readonly kind: 'sign-in'
      /** Absolute, or a path of the site. Null: the login page of the policy. */
      readonly url: string | null
      /** A slug, such as `step_up`. */
      readonly reason?: string
    }

/**
 * Creates sessions on one side of a migration. The instance checks each session before it is delivered. A session for
 * another person or organization, with more rights or a later expiry, is refused and ended.
 */
export interface SessionMinter {
  /** Name of the verifier that reads its sessions. */
  readonly verifier: string
  /**
   * Null: the person has no account there. A throw means "cannot tell" and becomes 503, unless it is an `AuthError`,
   * which is answered unchanged.
   */
  mint(request: MintRequest): Promise<Minted | null>
  /** How its sessions are created, to compare with the verifier at startup. Default: no comparison. */
  readonly begins?: BegunSessions
  /** Ends a session that was not delivered. Without it, such a session lives until its own expiry. */
  end?(minted: Minted): MaybePromise<void>
}

import type { MaybePromise } from '../../async/maybe-promise.js'
import type { CarrierKind } from '../../events/events.js'
import type { AuthRequest } from '../../http/request.js'
import type { SetCookie } from '../../http/set-cookie.js'
import type { Principal } from '../../identity/principal.js'
import type { BegunSessions } from '../../verify/sealed-session/begun-sessions.js'

/** What a session of the other side is minted for: a credential that was verified and linked a moment ago. */
export interface MintRequest {
  readonly principal: Principal
  /** The very credential, for a provider that exchanges it (RFC 8693). A secret: it belongs into no log. */
  readonly credential: string
  readonly carrier: CarrierKind
  /** Whether the client takes tokens in a body; else it is a browser, and gets cookies. */
  readonly tokens: boolean
  /** The latest end of what is minted, in seconds since the epoch. One that ends later is refused. */
  readonly endsAt: number
  /** Whether it may slide past `endsAt` later, as sessions of that side usually do: the option `renew`. */
  readonly slides: boolean
  /** How the person signed in, as the old credential says, with `migrated` added. @see RFC 8176 */
  readonly amr: readonly string[]
  /** The request that is answered, such as for the chunks of an earlier session. Untrusted. */
  readonly request: AuthRequest
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Ends when nobody waits any more. */
  readonly signal: AbortSignal
}

/** Tokens for a client that keeps them itself. */
export interface MintedTokens {
  /** Travels as a bearer. */
  readonly accessToken: string
  /** Seconds from now. */
  readonly expiresIn: number
  readonly refreshToken?: string
}

/** What a minter made. */
export type Minted =
  | { readonly kind: 'cookies'; readonly cookies: readonly SetCookie[] }
  | { readonly kind: 'tokens'; readonly tokens: MintedTokens }
  /** Nothing can be minted: the person signs in there, at a provider that may know them already. */
  | {
      readonly kind: 'sign-in'
      /** Absolute, or a path of the site; null: wherever the policy says that people sign in. */
      readonly url: string | null
      /** A slug, such as `step_up`. */
      readonly reason?: string
    }

/**
 * Begins sessions at one side of a migration. What it mints is judged by the instance before anybody gets it: another person,
 * another organization, more rights or a later end are refused, and what was minted is ended.
 */
export interface SessionMinter {
  /** Name of the verifier that reads what it mints. */
  readonly verifier: string
  /**
   * Null: the person has no account there. A throw means "cannot tell" and becomes 503, unless it is an `AuthError`, which
   * is answered as it stands.
   */
  mint(request: MintRequest): Promise<Minted | null>
  /** What its sessions are made with, to be compared with the verifier at the start. Default: nothing is compared. */
  readonly begins?: BegunSessions
  /** Ends what was minted and nobody got. Without it, what nobody got lives until its own end. */
  end?(minted: Minted): MaybePromise<void>
}

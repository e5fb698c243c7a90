import type { BegunSessions } from '@dualauth/core'
import type { SetCookie } from '@dualauth/core/adapter'

/** The start of a sign-in at a provider. */
export interface SignInStart {
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly codeChallenge: string
  readonly hints: SignInHints
}

/** Parameters of a sign-in link. Untrusted, and passed on to the provider, which checks them. */
export interface SignInHints {
  readonly organization: string | null
  readonly loginHint: string | null
  readonly prompt: string | null
  readonly screen: string | null
}

/** The end of a sign-in at this application. */
export interface SignInFinish {
  /** The URL to which the provider sent the browser back. Untrusted. */
  readonly callback: URL
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /**
   * When this sign-in began, by the clock of the instance that began it: its state and nonce were created for it at
   * that time. Milliseconds since the epoch.
   */
  readonly begunAt: number
  /** The browser's request, to clear chunks of an earlier session. */
  readonly request: Request
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A new session. */
export interface BegunSession {
  readonly cookies: readonly SetCookie[]
  /** Hints for the provider when the session ends. Stored encrypted, in a cookie that is sent only to the sign-out. */
  readonly signOut?: SignOutHints
}

/**
 * Tell a provider whose session ends, so that it need not ask the person. @see OpenID Connect RP-Initiated Logout 1.0
 * section 2
 */
export interface SignOutHints {
  /** Sent as `id_token_hint`. Dropped if it does not fit into a cookie. */
  readonly idToken: string | null
  /** Sent as `logout_hint`. */
  readonly logoutHint: string | null
}

/** A session that ends. */
export interface EndedSession {
  /** Null: it has no id, or it is unknown which of several is the browser's own. */
  readonly sessionId: string | null
  /** Null: none were stored, or they belong to another session. */
  readonly hints: SignOutHints | null
  /** Where the provider sends the browser back to. */
  readonly returnTo: string
}

/** One provider at which people sign in, such as `oidcSignIn({ … })`. */
export interface SignInProvider {
  /** Name of the verifier that reads its sessions. */
  readonly verifier: string
  /** How its sessions are created, to compare with the verifier at startup. Default: no comparison. */
  readonly begins?: BegunSessions
  /** @throws {AuthError} `verifier_unavailable`: the provider's metadata cannot be read. */
  authorizationUrl(start: SignInStart): Promise<URL>
  /**
   * Starts the session.
   *
   * @throws {AuthError} `sign_in_failed`: the provider refused, or its answer is not for this browser;
   *   `verifier_unavailable`.
   */
  finish(finish: SignInFinish): Promise<BegunSession>
  /** The page where the provider ends its own session. Null: it has no such page, or none without the session's id. */
  signOutUrl(session: EndedSession): Promise<URL | null>
  /**
   * Ends a session of the provider without the browser, if it is unknown whether the session started in this browser.
   * `unsupported`: the provider cannot do this, and the session continues there. Rejects if it does not answer.
   * Default: the page of `signOutUrl` ends the session of its visitor.
   */
  endSession?(sessionId: string): Promise<'unsupported' | undefined>
  /** Cookies that clear every cookie of a session, chunks included. */
  clear(request: Request): readonly SetCookie[]
  ready(): Promise<void>
}

import type { BegunSessions } from '@dualauth/core'
import type { SetCookie } from '@dualauth/core/adapter'

/** How a sign-in begins at a provider. */
export interface SignInStart {
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly codeChallenge: string
  readonly hints: SignInHints
}

/** What the link to a sign-in may say. Untrusted, and passed on to the provider, which judges it. */
export interface SignInHints {
  readonly organization: string | null
  readonly loginHint: string | null
  readonly prompt: string | null
  readonly screen: string | null
}

/** How a sign-in ends at this application. */
export interface SignInFinish {
  /** As the provider sent the browser back; untrusted. */
  readonly callback: URL
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /**
   * When this sign-in began, by the clock of the instance that began it: its state and nonce were made for it, and nobody had them before.
   * Milliseconds since the epoch.
   */
  readonly begunAt: number
  /** Of the browser: chunks of an earlier session are cleared. */
  readonly request: Request
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A session that begins. */
export interface BegunSession {
  readonly cookies: readonly SetCookie[]
  /** What the provider is shown when the session ends. Kept encrypted, in a cookie that only the sign-out gets. */
  readonly signOut?: SignOutHints
}

/** By which a provider knows whose session ends, and need not ask. @see OpenID Connect RP-Initiated Logout 1.0 section 2 */
export interface SignOutHints {
  /** Sent as `id_token_hint`; dropped where no cookie holds it. */
  readonly idToken: string | null
  /** Sent as `logout_hint`. */
  readonly logoutHint: string | null
}

/** A session that ends. */
export interface EndedSession {
  /** Null: it has no id, or nobody can tell which of several is the browser's own. */
  readonly sessionId: string | null
  /** Null: none were kept, or they are of another session. */
  readonly hints: SignOutHints | null
  /** Where the browser comes back to. */
  readonly returnTo: string
}

/** One provider at which people sign in, such as `oidcSignIn({ … })`. */
export interface SignInProvider {
  /** Name of the verifier that reads its sessions. */
  readonly verifier: string
  /** What its sessions are made with, to be compared with the verifier at the start. Default: nothing is compared. */
  readonly begins?: BegunSessions
  /** @throws {AuthError} `verifier_unavailable`: the provider cannot be asked where its pages are. */
  authorizationUrl(start: SignInStart): Promise<URL>
  /**
   * Begins the session.
   * @throws {AuthError} `sign_in_failed`: the provider refused, or what it sent is not for this browser; `verifier_unavailable`.
   */
  finish(finish: SignInFinish): Promise<BegunSession>
  /** Where the provider ends its own session; null: it has no such page, or none for a session that nobody names. */
  signOutUrl(session: EndedSession): Promise<URL | null>
  /**
   * Ends a session of the provider without the browser: one that is not known to have begun in it. `unsupported`: it
   * has no way to, and the session goes on there. Rejects if it does not answer. Default: the page of `signOutUrl` ends
   * the session of whoever comes.
   */
  endSession?(sessionId: string): Promise<'unsupported' | undefined>
  /** Cookies that clear every cookie of a session, chunks included. */
  clear(request: Request): readonly SetCookie[]
  ready(): Promise<void>
}

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
  /** Of the browser: chunks of an earlier session are cleared. */
  readonly request: Request
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** One provider at which people sign in, such as `oidcSignIn({ … })`. */
export interface SignInProvider {
  /** Name of the verifier that reads its sessions. */
  readonly verifier: string
  /** @throws {AuthError} `verifier_unavailable`: the provider cannot be asked where its pages are. */
  authorizationUrl(start: SignInStart): Promise<URL>
  /**
   * The cookies of the session that begins.
   * @throws {AuthError} `sign_in_failed`: the provider refused, or what it sent is not for this browser; `verifier_unavailable`.
   */
  finish(finish: SignInFinish): Promise<readonly SetCookie[]>
  /** Where the provider ends its own session; null: it has no such page. */
  signOutUrl(session: { readonly sessionId: string | null; readonly returnTo: string }): Promise<URL | null>
  /** Cookies that clear every cookie of a session, chunks included. */
  clear(request: Request): readonly SetCookie[]
  ready(): Promise<void>
}

import type { TokenAnswer } from './tokens/tokens.js'

/** Who is signed in, as `GET /auth/me` answers. */
export interface Me {
  /** The application's own id. */
  readonly id: string
  readonly organization: string | null
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  /** The name of the verifier that vouched. */
  readonly verifier: string
  /** When the session ends, in seconds since the epoch; null if it says nothing. A refresh moves it. */
  readonly expiresAt: number | null
}

/** Where the migration stands, as `GET /auth/migration` answers. */
export interface Migration {
  readonly migration: string
  readonly version: number
  readonly stage: 'off' | 'shadow' | 'dual' | 'prefer-new' | 'new-only' | 'retired'
  /** Dates as ISO 8601 in UTC; null if the policy does not say. */
  readonly deprecation: string | null
  readonly sunset: string | null
  readonly earliestNewOnly: string | null
  readonly documentation: string | null
  /** Where people sign in now. */
  readonly login: string | null
  /** Whether the application shall show that the old side ends. */
  readonly banner: boolean
}

/** What happened to the session, here or in another tab of the same browser. */
export interface Change {
  /**
   * - `signed-in`: `setTokens` was called.
   * - `renewed`: it was refreshed or exchanged; roles may be others now.
   * - `signed-out`: by `signOut`, or because the server says that the session is over.
   */
  readonly type: 'signed-in' | 'renewed' | 'signed-out'
  /** Whether it happened in another tab. */
  readonly isElsewhere: boolean
}

/** What the sign-in page is asked for. */
export interface SignInOptions {
  /** The provider's id of the organization to sign in for. */
  readonly organization?: string
  /** What the provider's page fills in, such as an address; it becomes part of a URL. */
  readonly login_hint?: string
  /** What the provider asks, whoever is signed in there. @see OpenID Connect Core 1.0, section 3.1.2.1 */
  readonly prompt?: 'login' | 'consent' | 'select_account' | 'create'
  /** Which page opens first, at a provider that has both. */
  readonly screen?: 'sign-in' | 'sign-up'
}

/** A fetch whose session refreshes, moves and ends as the server says. */
export interface Client {
  /**
   * `fetch` with the credentials of the session, for the configured origins only; any other address is fetched as it stands, and so
   * is a call with an `Authorization` of its own. A 401 that a refresh or an exchange can mend is mended once for all calls, and
   * each is sent once more.
   *
   * @returns The API's answer. Where the session cannot be renewed at the moment, the answer that says so, such as 503 with
   *   `Retry-After`: a 401 is returned only where somebody has to sign in. A call whose body is a stream is not sent again, and gets
   *   its 401 after the session was renewed.
   * @throws What the platform's `fetch` throws without a network.
   */
  readonly fetch: typeof fetch
  /** Who is signed in; null: nobody. @throws {ClientError} An outage, or any other answer; nobody is signed out by it. */
  me(): Promise<Me | null>
  /** Where the migration stands. @throws {ClientError} Such as `policy_unavailable`. */
  migration(): Promise<Migration>
  /**
   * Makes the session one of the new side where that is possible; what `fetch` does at a `legacy_retired`. True: it is done, or
   * was before. False: this session cannot be moved, such as where the rollout leaves its owner where they are; it is what it was.
   *
   * @throws {ClientError} It cannot be done at the moment; the session is what it was.
   */
  exchange(): Promise<boolean>
  /**
   * The address of the sign-in page.
   * @param returnTo A path of the site. Default: the page that is open, or `home` of the server where there is none.
   */
  signInUrl(returnTo?: string, options?: SignInOptions): string
  /** Opens it. */
  signIn(returnTo?: string, options?: SignInOptions): void
  /**
   * Ends the session here, in other tabs, at the server and at the provider, whose page for that is opened. Tokens are dropped
   * also where the server cannot be reached.
   *
   * @throws {ClientError} The server could not end it; a session in a cookie is what it was.
   */
  signOut(): Promise<void>
  /**
   * Takes what a token endpoint answered; needs the option `tokens`.
   * @throws {ClientError} `answer_invalid`: the member that is wrong, by name.
   */
  setTokens(answer: TokenAnswer): Promise<void>
  /** Calls `listener` when the session changes, here or in another tab. @returns Stops it. */
  onChange(listener: (change: Change) => void): () => void
  /** Stops listening to other tabs. */
  close(): void
}

import type { TokenAnswer } from './tokens/tokens.js'

/** The person who is signed in, as `GET /auth/me` answers. */
export interface Me {
  /** The application's own id. */
  readonly id: string
  readonly organization: string | null
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  /** Name of the verifier that accepted the session. */
  readonly verifier: string
  /** When the session expires, in seconds since the epoch; null if unknown. A refresh changes it. */
  readonly expiresAt: number | null
}

/** The state of the migration, as `GET /auth/migration` answers. */
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
  /** Whether the application should announce the end of the old side. */
  readonly banner: boolean
}

/** What happened to the session, here or in another tab of the same browser. */
export interface Change {
  /**
   * - `signed-in`: `setTokens` was called.
   * - `renewed`: it was refreshed or exchanged; roles may have changed.
   * - `signed-out`: by `signOut`, or because the server says that the session is over.
   */
  readonly type: 'signed-in' | 'renewed' | 'signed-out'
  /** Whether it happened in another tab. */
  readonly isElsewhere: boolean
}

/** The options of the sign-in page. */
export interface SignInOptions {
  /** The provider's id of the organization to sign in for. */
  readonly organization?: string
  /** Prefills the provider's page, for example with an e-mail address. It becomes part of a URL. */
  readonly login_hint?: string
  /** What the provider asks, even if somebody is signed in there. @see OpenID Connect Core 1.0, section 3.1.2.1 */
  readonly prompt?: 'login' | 'consent' | 'select_account' | 'create'
  /** Which page opens first, at a provider that has both. */
  readonly screen?: 'sign-in' | 'sign-up'
}

/** A fetch that refreshes, exchanges and ends its session as the server says. */
export interface Client {
  /**
   * `fetch` with the credentials of the session, for the configured origins only. Calls to other addresses, and calls
   * with their own `Authorization`, are sent unchanged. If a refresh or an exchange can resolve a 401, it is done once
   * for all calls, and each call is sent once more.
   *
   * @returns The API's answer. If the session cannot be renewed at the moment, the answer to the renewal, such as 503
   *   with `Retry-After`. A 401 is returned only if the person must sign in. A call whose body is a stream is not sent
   *   again and gets its 401 after the session was renewed.
   * @throws The error of the platform's `fetch` without a network.
   */
  readonly fetch: typeof fetch
  /**
   * The person who is signed in; null: nobody.
   *
   * @throws {ClientError} An outage, or any other answer. It does not sign anybody out.
   */
  me(): Promise<Me | null>
  /**
   * The state of the migration.
   *
   * @throws {ClientError} Such as `policy_unavailable`.
   */
  migration(): Promise<Migration>
  /**
   * Exchanges the session for one of the new side, if possible, as `fetch` does at a `legacy_retired`. True: it was
   * exchanged, now or before. False: this session cannot be exchanged, for example because the rollout does not include
   * its owner. It is unchanged.
   *
   * @throws {ClientError} It cannot be done at the moment. The session is unchanged.
   */
  exchange(): Promise<boolean>
  /**
   * The address of the sign-in page.
   * @param returnTo A path of the site. Default: the current page, or `home` of the server if there is none.
   */
  signInUrl(returnTo?: string, options?: SignInOptions): string
  /** Opens the sign-in page. */
  signIn(returnTo?: string, options?: SignInOptions): void
  /**
   * Ends the session here, in other tabs, at the server and at the provider, whose sign-out page is opened. Tokens are
   * dropped even if the server cannot be reached.
   *
   * @throws {ClientError} The server could not end it. A session in a cookie is unchanged.
   */
  signOut(): Promise<void>
  /**
   * Stores the answer of a token endpoint. Requires the option `tokens`.
   *
   * @throws {ClientError} `answer_invalid`: a member is wrong; the message names it.
   */
  setTokens(answer: TokenAnswer): Promise<void>
  /**
   * Calls `listener` when the session changes, here or in another tab.
   *
   * @returns A function that stops it.
   */
  onChange(listener: (change: Change) => void): () => void
  /** Stops listening to other tabs. */
  close(): void
}

/** A refresh token of the provider, from the client or from inside its refresh token. */
export interface TokenRefresh {
  /** Whether it came from a refresh here; false for a text that may be forged. */
  readonly isProved: boolean
  /** Of the provider; untrusted. */
  readonly refreshToken: string
  /** The provider's organization of the previous tokens; null if they named none. */
  readonly organization: string | null
}

/** The result of asking a provider for new tokens. */
export type TokenGrant =
  | {
      readonly outcome: 'granted'
      readonly accessToken: string
      /** Null: the one that was used is still valid. */
      readonly refreshToken: string | null
      /** Null if the provider does not say; the access token may. */
      readonly expiresInSeconds: number | null
      readonly organization: string | null
    }
  | NoTokenGrant

/** Why there are no new tokens. */
export type NoTokenGrant =
  /** The refresh token is no longer valid. The person must sign in again. */
  | { readonly outcome: 'ended' }
  /** Unknown: an outage, or a mistake in our own configuration. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown; readonly retryAfterSeconds?: number }
  /** The provider wants fewer requests. */
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }

/** A provider that refreshes tokens, such as `oidcTokens({ … })`. */
export interface TokenProvider {
  /**
   * Identifies the provider and client, for example by issuer and client id. Refresh tokens are sealed and remembered
   * for this id, so that none reaches another provider whose endpoint has the same secrets or store.
   */
  readonly id: string
  /** Asks once. A throw counts as an outage. */
  refresh(refresh: TokenRefresh): Promise<TokenGrant>
  /**
   * Ends the session of these tokens. `unsupported`: the provider cannot do that, and the session continues there.
   * Rejects if it does not answer.
   */
  revoke(tokens: {
    readonly refreshToken: string
    readonly sessionId: string | null
  }): Promise<'unsupported' | undefined | void>
}

/** What a client brought, or what its refresh token here stands for. */
export interface TokenRefresh {
  /** Whether a refresh gave it here before; false for a text that anybody may have made up. */
  readonly isProved: boolean
  /** Of the provider; untrusted. */
  readonly refreshToken: string
  /** The provider's organization that the tokens before were for; null if none was named. */
  readonly organization: string | null
}

/** What asking a provider for new tokens came to. */
export type TokenGrant =
  | {
      readonly outcome: 'granted'
      readonly accessToken: string
      /** Null: the one that was used is still good. */
      readonly refreshToken: string | null
      /** Null if the provider does not say; the access token may. */
      readonly expiresInSeconds: number | null
      readonly organization: string | null
    }
  | NoTokenGrant

/** Why there are no new tokens. */
export type NoTokenGrant =
  /** The refresh token is good for nothing any more: signing in again is the only way on. */
  | { readonly outcome: 'ended' }
  /** Nobody can tell: an outage, or a mistake in our own configuration. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown; readonly retryAfterSeconds?: number }
  /** The provider wants fewer requests. */
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }

/** A provider that refreshes tokens, such as `oidcTokens({ … })`. */
export interface TokenProvider {
  /**
   * Which provider and client it is, such as the issuer and the client id: refresh tokens are sealed for it and remembered by it,
   * so that none reaches another provider whose endpoint has the same secrets or store.
   */
  readonly id: string
  /** Asks once. A throw counts as an outage. */
  refresh(refresh: TokenRefresh): Promise<TokenGrant>
  /**
   * Ends what these tokens belong to. `unsupported`: the provider has no way to do that, and they go on there. Rejects
   * if it does not answer.
   */
  revoke(tokens: {
    readonly refreshToken: string
    readonly sessionId: string | null
  }): Promise<'unsupported' | undefined | void>
}

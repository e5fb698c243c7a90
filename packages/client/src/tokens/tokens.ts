/** An answer of a token endpoint. @see RFC 6749 section 5.1 */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type?: string
  /** Seconds. */
  readonly expires_in?: number
  readonly refresh_token?: string
}

/** What the client holds. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  /** Milliseconds since the epoch, by the clock of this device; null where the server did not say. */
  readonly expiresAt: number | null
}

/** Where an app keeps its tokens, such as the keychain of the platform. Not `localStorage`, which every script of a page reads. */
export interface TokenStorage {
  load(): Tokens | null | Promise<Tokens | null>
  /** Resolves when they are kept; null clears them. */
  save(tokens: Tokens | null): void | Promise<void>
}

/** @param before Serves on where a refresh gives no new refresh token (RFC 6749 section 6). */
export function tokensOf(answer: TokenAnswer, now: number, before: string | null = null): Tokens | null {
  const { access_token, expires_in, refresh_token } = Object(answer) as Partial<TokenAnswer>
  if (typeof access_token !== 'string' || access_token === '') return null
  const seconds = Number(expires_in)
  return {
    accessToken: access_token,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : before,
    expiresAt: seconds > 0 && Number.isFinite(seconds) ? now + seconds * 1000 : null,
  }
}

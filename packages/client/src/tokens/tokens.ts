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
  /**
   * Milliseconds since the epoch, by the clock of this device; null if the server did not say, or so little that only a
   * 401 shows it in time.
   */
  readonly expiresAt: number | null
}

/**
 * Stores an app's tokens, for example in the keychain of the platform. Do not use `localStorage`, which every script of
 * a page can read.
 */
export interface TokenStorage {
  load(): Tokens | null | Promise<Tokens | null>
  /** Resolves when they are stored. Null clears them. */
  save(tokens: Tokens | null): void | Promise<void>
}

/** So much before its end an access token is refreshed: it has to arrive while it is good. */
export const EARLY_MS = 5_000
/** One that lives no longer would be over as soon as it comes, and each call would refresh it. */
const TOO_SHORT_MS = 2 * EARLY_MS

/** @param before Serves on where a refresh gives no new refresh token (RFC 6749 section 6). */
export function tokensOf(answer: TokenAnswer, now: number, before: string | null = null): Tokens | null {
  const { access_token, expires_in, refresh_token } = Object(answer) as Partial<TokenAnswer>
  if (typeof access_token !== 'string' || access_token === '') return null
  const lifetimeMs = Number(expires_in) * 1000
  return {
    accessToken: access_token,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : before,
    expiresAt: lifetimeMs > TOO_SHORT_MS && Number.isFinite(lifetimeMs) ? now + lifetimeMs : null,
  }
}

/** The member of what an app passes as tokens that no token endpoint would answer so; undefined: none. */
export function wrongMember(answer: TokenAnswer): keyof TokenAnswer | undefined {
  const { access_token, token_type, expires_in, refresh_token } = Object(answer) as Partial<TokenAnswer>
  // With a space it would be a header, or no token.
  if (typeof access_token !== 'string' || !/^[!-~]+$/.test(access_token)) return 'access_token'
  if (token_type && !/^bearer$/i.test(token_type)) return 'token_type'
  if (!(Number(expires_in ?? 0) >= 0)) return 'expires_in'
  return typeof (refresh_token ?? '') !== 'string' ? 'refresh_token' : undefined
}

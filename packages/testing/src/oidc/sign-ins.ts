import { randomBytes, randomUUID } from 'node:crypto'

type Claims = Readonly<Record<string, unknown>>

/** The options of `OidcProvider.signIn`. */
export interface OidcSignInOptions {
  /** `sub`. Default: a new subject. */
  readonly subject?: string
  /** Override claims of the id token and of each later one. */
  readonly claims?: Claims
  /** False: no refresh token, as without the scope `offline_access`. Default true. */
  readonly offline?: boolean
}

/** What the token endpoint answers (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3). */
export interface OidcTokens {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly id_token?: string
  readonly refresh_token?: string
  readonly scope: string
}

/** A person who has signed in. */
export interface OidcSignedIn {
  readonly subject: string
  /** The provider's own session. */
  readonly sid: string
  /** Claims of the id token. */
  readonly claims: Claims
  readonly answer: OidcTokens
}

interface Grant {
  readonly subject: string
  readonly claims: Claims
  /** The current refresh token. */
  refreshToken: string
  ended: boolean
}

/** Grants and their refresh tokens. Tokens rotate, and reusing a spent one ends its grant. */
export interface SignIns {
  /** @returns the new refresh token; null if the client gets none. */
  begin(subject: string, claims: Claims, offline: boolean): string | null
  /** Null if the token is unknown or spent, or its grant has ended. */
  refresh(token: string, rotate: boolean): { subject: string; claims: Claims; refreshToken: string } | null
  /** Ends the grants of a session. */
  endSession(sid: string): void
}

export function createSignIns(): SignIns {
  const grants = new Map<string, Grant>()
  const begin = (grant: Grant): string => {
    grant.refreshToken = randomBytes(32).toString('base64url')
    grants.set(grant.refreshToken, grant)
    return grant.refreshToken
  }
  return {
    begin: (subject, claims, offline) => (offline ? begin({ subject, claims, refreshToken: '', ended: false }) : null),
    refresh(token, rotate) {
      const grant = grants.get(token)
      // A spent token was reused: somebody else may have it (RFC 9700 section 4.14.2).
      if (grant !== undefined && grant.refreshToken !== token) grant.ended = true
      if (grant === undefined || grant.ended) return null
      if (rotate) begin(grant)
      return grant
    },
    endSession(sid) {
      for (const grant of grants.values()) if (grant.claims['sid'] === sid) grant.ended = true
    },
  }
}

/** What the provider states about a person who has just signed in. */
export function sessionClaims(now: number, claims: Claims): Claims {
  return { sid: randomUUID(), auth_time: Math.floor(now / 1000), amr: ['pwd'], ...claims }
}

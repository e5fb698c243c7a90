import { randomBytes, randomUUID } from 'node:crypto'

type Claims = Readonly<Record<string, unknown>>

/** Of `OidcProvider.signIn`. */
export interface OidcSignInOptions {
  /** `sub`. Default: a new one. */
  readonly subject?: string
  /** Laid over those of the id token, of each later one as well. */
  readonly claims?: Claims
  /** False: no refresh token, as without `offline_access`. Default true. */
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
  /** Of the id token. */
  readonly claims: Claims
  readonly answer: OidcTokens
}

interface Grant {
  readonly subject: string
  readonly claims: Claims
  /** The one that counts. */
  refreshToken: string
  ended: boolean
}

/** Grants and their refresh tokens: rotated, and ended when one that was spent comes again. */
export interface SignIns {
  /** @returns the new refresh token, null for a client that gets none. */
  begin(subject: string, claims: Claims, offline: boolean): string | null
  /** Null: the token is unknown, spent or of a grant that has ended. */
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
      // Reuse of a spent token: somebody else may hold it (RFC 9700 section 4.14.2).
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

/** What the provider says of a person who has just signed in. */
export function sessionClaims(now: number, claims: Claims): Claims {
  return { sid: randomUUID(), auth_time: Math.floor(now / 1000), amr: ['pwd'], ...claims }
}

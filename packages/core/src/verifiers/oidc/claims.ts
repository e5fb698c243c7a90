import type { JsonObject } from '../../route/jwt.js'

/** Claims of an access token of an OAuth or OpenID Connect provider; in a session, those of the id token. */
export interface OidcClaims extends JsonObject {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat?: number
  readonly jti?: string
  readonly client_id?: string
  readonly scope?: string
}

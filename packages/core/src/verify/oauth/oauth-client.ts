import type { JsonObject } from '../../route/jwt.js'
import { textOf } from '../jwt/mapped-claims.js'

const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'] as const

/** The client a token was issued to, under the names of RFC 9068, OpenID Connect, Okta and Entra ID. */
export function clientOf(claims: JsonObject): string | null {
  for (const name of CLIENT_CLAIMS) {
    const client = textOf(claims, name)
    if (client !== null) return client
  }
  return null
}

import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { textOf } from '../jwt/mapped-claims.js'

/** Claims for the client in RFC 9068, OpenID Connect, Okta and Entra ID. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'] as const

/** The client to which a token was issued, from the first of these claims. */
export function clientOf(claims: JsonObject): string | null {
  for (const name of CLIENT_CLAIMS) {
    const client = textOf(claims, name)
    if (client !== null) return client
  }
  return null
}

/** To whom a token must have been issued. */
export interface ClientRules {
  /** Exact. The token must name a client, and every claim that names one must be in this list. Absent: not checked. */
  readonly clients?: readonly string[] | null | undefined
  /** Exact `azp`. Absent: not checked. */
  readonly authorizedParty?: AuthorizedParty | null | undefined
}

export interface AuthorizedParty {
  readonly values: readonly string[]
  /** Whether a token without `azp` is accepted. */
  readonly ifPresent: boolean
}

/** Name of the claim that is missing or names another client; null if the token was issued to the right client. */
export function wrongClientClaim(claims: JsonObject, { clients, authorizedParty }: ClientRules): string | null {
  if (clients != null) {
    const stated = CLIENT_CLAIMS.filter((name) => own(claims, name) !== undefined)
    if (stated.length === 0) return 'client_id'
    const stranger = stated.find((name) => !clients.includes(own(claims, name) as string))
    if (stranger !== undefined) return stranger
  }
  if (authorizedParty == null) return null
  const party = own(claims, 'azp')
  const wrong = party === undefined ? !authorizedParty.ifPresent : !authorizedParty.values.includes(party as string)
  return wrong ? 'azp' : null
}

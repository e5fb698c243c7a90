import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import type { VerifiedIdentity } from '../../route/verifier.js'
import { textOf } from '../jwt/mapped-claims.js'
import { clientOf } from './oauth-client.js'

/**
 * Whether a token is for a person or a machine. By RFC 9068 section 2.2, the client is the subject if no person is
 * involved; some providers indicate it differently.
 */
export function kindOf(claims: JsonObject, subject: string): VerifiedIdentity['kind'] {
  return isClientItself(claims, subject) || saysMachine(claims) ? 'service' : 'user'
}

/** Also Okta and Cognito. Uses `sub` if there is one, because the app may use another claim as the subject. */
function isClientItself(claims: JsonObject, subject: string): boolean {
  return clientOf(claims) === (textOf(claims, 'sub') ?? subject)
}

function saysMachine(claims: JsonObject): boolean {
  // Auth0 and Entra ID. If Entra ID omits the optional `idtyp`, a machine's `oid` equals its `sub`.
  if (textOf(claims, 'gty') === 'client-credentials' || textOf(claims, 'idtyp') === 'app') return true
  const object = textOf(claims, 'oid')
  if (object !== null && textOf(claims, 'tid') !== null && own(claims, 'scp') === undefined)
    return object === textOf(claims, 'sub')
  // Keycloak. A person may choose such a name, but then there is no `client_id` beside it.
  const client = textOf(claims, 'client_id') ?? textOf(claims, 'clientId')
  return client !== null && textOf(claims, 'preferred_username') === `service-account-${client.toLowerCase()}`
}

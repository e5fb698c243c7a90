import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import type { VerifiedIdentity } from '../../route/verifier.js'
import { textOf } from '../jwt/mapped-claims.js'
import { clientOf } from './oauth-client.js'

/**
 * Whether a token speaks for a person or for a machine. RFC 9068 section 2.2 makes the client the
 * subject where no person takes part; some providers say it otherwise.
 */
export function kindOf(claims: JsonObject, subject: string): VerifiedIdentity['kind'] {
  return isClientItself(claims, subject) || saysMachine(claims) ? 'service' : 'user'
}

/** Also Okta and Cognito. By `sub` where there is one: the app may take another claim for the subject. */
function isClientItself(claims: JsonObject, subject: string): boolean {
  return clientOf(claims) === (textOf(claims, 'sub') ?? subject)
}

function saysMachine(claims: JsonObject): boolean {
  // Auth0 and Entra ID; the latter leaves the optional claim out, and then the object is its own subject.
  if (textOf(claims, 'gty') === 'client-credentials' || textOf(claims, 'idtyp') === 'app') return true
  const object = textOf(claims, 'oid')
  if (object !== null && textOf(claims, 'tid') !== null && own(claims, 'scp') === undefined)
    return object === textOf(claims, 'sub')
  // Keycloak. A person may choose such a name, but the issuer puts no `client_id` beside it then.
  const client = textOf(claims, 'client_id') ?? textOf(claims, 'clientId')
  return client !== null && textOf(claims, 'preferred_username') === `service-account-${client.toLowerCase()}`
}

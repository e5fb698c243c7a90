import type { RejectionReason } from '../../events/events.js'
import { own, type UnverifiedJwt } from '../../route/jwt.js'
import { audiencesOf } from '../../route/shape.js'
import { textOf } from '../../verify/jwt/mapped-claims.js'
import { clientOf } from '../../verify/oauth/oauth-client.js'

/** Which tokens are access tokens: those that say so (`rfc9068`), or those of providers that do not (`plain-jwt`). */
export type AccessTokenProfile = 'rfc9068' | 'plain-jwt'

/**
 * Whether a genuine token of the issuer is an access token, and not one of the id, refresh or
 * logout tokens that the same keys sign.
 *
 * @returns null when it is.
 * @see RFC 9068 sections 2 and 4
 */
export function accessTokenProblem(jwt: UnverifiedJwt, profile: AccessTokenProfile): RejectionReason | null {
  return profile === 'rfc9068' ? problemOfTyped(jwt) : problemOfPlain(jwt)
}

function problemOfTyped({ header, claims }: UnverifiedJwt): RejectionReason | null {
  const type = own(header, 'typ')
  if (typeof type !== 'string' || !/^(?:application\/)?at\+jwt$/i.test(type)) return 'purpose'
  const complete =
    textOf(claims, 'client_id') !== null && textOf(claims, 'jti') !== null && own(claims, 'iat') !== undefined
  return complete ? null : 'claims'
}

/** An id token names the client as its audience and no scope; an access token names its client beside the API. */
function problemOfPlain(jwt: UnverifiedJwt): RejectionReason | null {
  const { claims } = jwt
  // Keycloak signs every kind with one header and tells them apart here.
  const kind = own(claims, 'typ')
  if (kind !== undefined && String(kind).toLowerCase() !== 'bearer') return 'purpose'
  const client = clientOf(claims)
  if (client === null) return 'purpose'
  const scoped = own(claims, 'scope') !== undefined || own(claims, 'scp') !== undefined
  return scoped || audiencesOf(jwt).some((audience) => audience !== client) ? null : 'purpose'
}

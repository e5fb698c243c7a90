import type { RejectionReason } from '../../events/events.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { audiencesOf } from '../../route/shape.js'
import { textOf } from '../../verify/jwt/mapped-claims.js'
import { clientOf } from '../../verify/oauth/oauth-client.js'

/**
 * How to recognise an access token: by its type (`rfc9068`), or for providers that do not set the type (`plain-jwt`).
 */
export type AccessTokenProfile = 'rfc9068' | 'plain-jwt'

/** Why a token is not an access token, and which claim shows it. */
export interface AccessTokenProblem {
  readonly reason: RejectionReason
  readonly claim: string
}

/**
 * Whether a genuine token of the issuer is an access token, and not one of the id, refresh or logout tokens that the
 * same keys sign.
 *
 * @returns null if it is.
 * @see RFC 9068 sections 2 and 4
 */
export function accessTokenProblem(jwt: UnverifiedJwt, profile: AccessTokenProfile): AccessTokenProblem | null {
  return profile === 'rfc9068' ? problemOfTyped(jwt) : problemOfPlain(jwt)
}

function problemOfTyped({ header, claims }: UnverifiedJwt): AccessTokenProblem | null {
  const type = own(header, 'typ')
  if (typeof type !== 'string' || !/^(?:application\/)?at\+jwt$/i.test(type))
    return { reason: 'purpose', claim: 'header.typ' }
  const missing =
    ['client_id', 'jti'].find((name) => textOf(claims, name) === null) ??
    (own(claims, 'iat') === undefined ? 'iat' : null)
  return missing === null ? null : { reason: 'claims', claim: missing }
}

/** An id token has the client as its audience and no scope; an access token names the client in addition to the API. */
function problemOfPlain(jwt: UnverifiedJwt): AccessTokenProblem | null {
  const { claims } = jwt
  // Keycloak uses the same header for every kind of token and distinguishes them here.
  const kind = own(claims, 'typ')
  if (kind !== undefined && String(kind).toLowerCase() !== 'bearer') return { reason: 'purpose', claim: 'typ' }
  const client = clientOf(claims)
  if (client === null) return { reason: 'purpose', claim: 'client_id' }
  // Cognito's `token_use` was already checked.
  const stated = ['scope', 'scp', 'token_use'].some((name) => own(claims, name) !== undefined)
  return stated || audiencesOf(jwt).some((audience) => audience !== client) ? null : { reason: 'purpose', claim: 'aud' }
}

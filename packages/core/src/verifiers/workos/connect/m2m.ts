import type { Verifier } from '../../../route/verifier.js'
import { connectVerifier, type WorkosConnectClaims, type WorkosConnectOptions } from './connect-token.js'

/**
 * Verifies WorkOS Connect tokens of applications (client credentials): the caller is a service that acts for the
 * organization of the application, with the scopes granted to it.
 *
 * Decides signature (RS256), issuer, audience and `exp`, and that the token does not belong to a user.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/authkit/connect/m2m
 */
export function workosM2m<const Name extends string>(
  options: WorkosConnectOptions<Name>,
): Verifier<Name, WorkosConnectClaims> {
  return connectVerifier(options, {
    factory: 'workosM2m',
    kind: 'service',
    subject: 'client_',
    consent: false,
    scope: 'grant',
  })
}

import type { Verifier } from '../../../route/verifier.js'
import { connectVerifier, type WorkosConnectClaims, type WorkosConnectOptions } from './connect-token.js'

/**
 * Verifies WorkOS Connect tokens of users: those that OAuth applications and MCP clients get with a user's consent.
 *
 * Decides signature (RS256), issuer, audience and `exp`, and that a consent stands behind the token; tokens of AuthKit
 * sessions and of applications are refused. Its scopes limit what the user may do.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/authkit/connect/token-claims
 */
export function workosConnect<const Name extends string>(
  options: WorkosConnectOptions<Name>,
): Verifier<Name, WorkosConnectClaims> {
  return connectVerifier(options, {
    factory: 'workosConnect',
    kind: 'user',
    subject: 'user_',
    consent: true,
    scope: 'limit',
  })
}

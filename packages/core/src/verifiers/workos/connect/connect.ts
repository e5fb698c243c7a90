import type { Verifier } from '../../../route/verifier.js'
import { connectVerifier, type WorkosConnectClaims, type WorkosConnectOptions } from './connect-token.js'

/**
 * Verifies WorkOS Connect tokens of users: OAuth applications and MCP clients get them with a user's consent.
 *
 * Decides signature (RS256), issuer, audience and `exp`, and that the token has a user's consent. Tokens of AuthKit
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

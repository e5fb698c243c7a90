import type { KeySource } from '../../keys/key-set/key-source.js'
import { remoteKeySet } from '../../keys/key-set/key-set.js'
import type { JsonObject, UnverifiedJwt } from '../../route/jwt.js'
import { rejected, type Verification, type Verifier, type VerifierContext } from '../../route/verifier.js'
import { subjectOf } from '../../verify/jwt/mapped-claims.js'
import { clientOf } from '../../verify/oauth/oauth-client.js'
import { acceptJwt } from '../../verify/jwt/remember-jwt.js'
import { expiryOf, issuedAtOf } from '../../verify/jwt/registered-claims.js'
import { verifyJwt } from '../../verify/jwt/verify-jwt.js'
import { accessTokenProblem } from './access-token.js'
import { discoveredKeys } from './discovered-keys.js'
import { parseOidcOptions, type OidcOptions, type ParsedOidc } from './options.js'

/** Claims of an access token of an OAuth or OpenID Connect provider. */
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

/**
 * Judges JWT access tokens of one OAuth or OpenID Connect provider by the key set that its metadata
 * names.
 *
 * Decides signature, issuer, audience, `exp`, and that it is an access token. Does not ask the
 * provider whether the token was revoked since (`introspection` does). Nothing is fetched before
 * the first token or `ready()`, and never from an address that a token names.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @see RFC 9068, RFC 8414, OpenID Connect Discovery 1.0
 */
export function oidc<const Name extends string>(options: OidcOptions<Name>): Verifier<Name, OidcClaims> {
  const parsed = parseOidcOptions(options)
  return {
    name: options.name,
    shapes: [
      {
        kind: 'jwt',
        carriage: parsed.carriage,
        algorithms: parsed.algorithms,
        issuers: [parsed.issuer],
        audiences: parsed.audiences,
        keyIds: null,
      },
    ],
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    open(context) {
      const keys = keysOf(parsed, context)
      return {
        verify: (credential) => judge(parsed, keys, context, credential.jwt() as UnverifiedJwt),
        ready: () => keys.ready(),
        close: () => keys.close(),
      }
    },
  }
}

function keysOf({ name, issuer, keySetUrl, keySetOptions }: ParsedOidc, context: VerifierContext): KeySource {
  const owner = { verifier: name, ...context }
  return keySetUrl === null
    ? discoveredKeys(issuer, keySetOptions, owner)
    : remoteKeySet({ url: keySetUrl, ...keySetOptions }, owner)
}

async function judge(
  parsed: ParsedOidc,
  keys: KeySource,
  context: VerifierContext,
  jwt: UnverifiedJwt,
): Promise<Verification<OidcClaims>> {
  const rules = {
    clockToleranceSeconds: parsed.clockToleranceSeconds,
    issuers: [parsed.issuer],
    audiences: parsed.audiences,
    maxAgeSeconds: null,
  }
  const proof = await verifyJwt(jwt, parsed.algorithms, keys, rules, context.now())
  if (proof.outcome !== 'genuine') return proof
  const problem = accessTokenProblem(jwt, parsed.profile)
  if (problem !== null) return rejected('credential_invalid', problem)
  const subject = subjectOf(jwt.claims, 'sub')
  if (subject === null) return rejected('credential_invalid', 'claims')
  const proved = {
    issuer: parsed.issuer,
    subject,
    client: clientOf(jwt.claims),
    claims: jwt.claims,
    expiresAt: expiryOf(jwt, null),
  }
  const identity = { ...(await parsed.readIdentity(proved)), issuedAt: issuedAtOf(jwt) }
  return acceptJwt(identity, proof, undefined)
}

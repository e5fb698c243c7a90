import type { KeySource } from '../../keys/key-set/key-source.js'
import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { audiencesOf } from '../../route/shape.js'
import { own } from '../../settings/own.js'
import { checkRegisteredClaims, type ClaimRefusal } from '../../verify/jwt/registered-claims.js'
import { verifySignature } from '../../verify/jwt/verify-jwt.js'

export interface IdTokenRules {
  readonly issuer: string
  readonly clientId: string
  readonly algorithms: readonly PublicKeyAlgorithm[]
  readonly clockToleranceSeconds: number
}

/** Claims that are normal in an id token, but rule out an access token. */
const USUAL: readonly string[] = ['nonce', 'at_hash', 'c_hash']

/**
 * Whether a token is an id token of the issuer for this client: signature, `iss`, `aud`, `azp`, `exp`, `iat`. Does not
 * check whose it is or its `nonce`, because a refresh has none.
 *
 * @returns null if it is.
 * @throws the key set's error if it cannot tell.
 * @see OpenID Connect Core 1.0 sections 3.1.3.7 and 12.2
 */
export async function idTokenProblem(
  jwt: UnverifiedJwt,
  keys: KeySource,
  { issuer, clientId, algorithms, clockToleranceSeconds }: IdTokenRules,
  now: number,
): Promise<Pick<ClaimRefusal, 'reason'> | null> {
  const proof = await verifySignature(jwt, algorithms, keys)
  if (proof.outcome === 'unavailable') throw proof.cause
  if (proof.outcome === 'rejected') return proof
  const use = own(jwt.claims, 'token_use')
  if (use !== undefined && use !== 'id') return { reason: 'purpose' }
  const party = own(jwt.claims, 'azp')
  if (party === undefined ? audiencesOf(jwt).length > 1 : party !== clientId) return { reason: 'audience' }
  const claims = Object.fromEntries(
    Object.entries(jwt.claims).filter(([name]) => !USUAL.includes(name) && name !== 'token_use'),
  )
  const rules = { clockToleranceSeconds, issuers: [issuer], audiences: [clientId], maxAgeSeconds: null }
  return checkRegisteredClaims({ header: jwt.header, claims }, rules, now)
}

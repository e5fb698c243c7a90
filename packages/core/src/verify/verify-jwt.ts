import { crypto } from '#crypto'
import type { SignatureAlgorithm } from '../keys/crypto.js'
import type { KeySource } from '../keys/key-source.js'
import type { UnverifiedJwt } from '../route/jwt.js'
import { rejected, type Verification } from '../route/verifier.js'
import { checkRegisteredClaims, type ClaimRules } from './registered-claims.js'

export type GenuineJwt =
  { readonly outcome: 'genuine'; readonly keyIndex: number } | Exclude<Verification<never>, { outcome: 'accepted' }>

/**
 * Proves that a token was signed by one of the verifier's own keys and that its registered claims
 * hold. Signature first, claims after: `credential_expired` is said only of a genuine token.
 *
 * @param algorithms Pinned by the verifier; the header only picks one of them.
 * @see RFC 7515 section 5.2, RFC 8725 section 3.1
 */
export async function verifyJwt(
  jwt: UnverifiedJwt,
  algorithms: readonly SignatureAlgorithm[],
  keys: KeySource,
  rules: ClaimRules,
): Promise<GenuineJwt> {
  const algorithm = jwt.header.alg as SignatureAlgorithm
  if (!algorithms.includes(algorithm)) return rejected('credential_invalid', 'algorithm') as GenuineJwt
  const kid = jwt.header['kid']
  let candidates
  try {
    candidates = await keys.find(algorithm, typeof kid === 'string' ? kid : null)
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
  if (candidates.length === 0) return rejected('credential_invalid', 'key_unknown') as GenuineJwt
  let keyIndex = -1
  for (let i = 0; i < candidates.length && keyIndex === -1; i++) {
    if (await crypto.verifyCompact(jwt.token, algorithm, candidates[i] as object)) keyIndex = i
  }
  if (keyIndex === -1) return rejected('credential_invalid', 'signature') as GenuineJwt
  const refusal = checkRegisteredClaims(jwt, rules)
  return refusal === null ? { outcome: 'genuine', keyIndex } : (rejected(refusal.code, refusal.reason) as GenuineJwt)
}

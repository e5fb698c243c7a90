import * as crypto from '#crypto'
import { andThen, attempt, isPending, type MaybePromise } from '../../async/maybe-promise.js'
import type { KeyHandle, SignatureAlgorithm } from '../../crypto/port.js'
import { KeysUnavailable, type KeySource } from '../../keys/key-set/key-source.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { rejected, type Rejected, type Unavailable } from '../../route/verifier.js'
import { checkRegisteredClaims, type ClaimRules } from './registered-claims.js'

export type GenuineJwt =
  | {
      readonly outcome: 'genuine'
      readonly keyIndex: number
      /** Whether the signing key is still one of the verifier's own. */
      isCurrent(): boolean
    }
  | Rejected
  | Unavailable

/**
 * Proves that a token was signed by one of the verifier's own keys and that its registered claims are valid. Checks the
 * signature before the claims: only a genuine token gets `credential_expired`.
 *
 * @param algorithms Fixed by the verifier; the header only picks one of them.
 * @param now Milliseconds since the epoch.
 * @see RFC 7515 section 5.2, RFC 8725 section 3.1
 */
export function verifyJwt(
  jwt: UnverifiedJwt,
  algorithms: readonly SignatureAlgorithm[],
  keys: KeySource,
  rules: ClaimRules,
  now: number,
): MaybePromise<GenuineJwt> {
  return andThen(verifySignature(jwt, algorithms, keys), (proof) => judgeClaims(jwt, proof, rules, now))
}

/** Checks only the signature, for tokens that are not access tokens. The caller checks claims and dates. */
export function verifySignature(
  jwt: UnverifiedJwt,
  algorithms: readonly SignatureAlgorithm[],
  keys: KeySource,
): MaybePromise<GenuineJwt> {
  const algorithm = jwt.header.alg as SignatureAlgorithm
  if (!algorithms.includes(algorithm)) return rejected('credential_invalid', 'algorithm')
  const kid = typeof jwt.header['kid'] === 'string' ? jwt.header['kid'] : null
  const judge = (candidates: readonly KeyHandle[]): MaybePromise<GenuineJwt> => {
    if (candidates.length === 0) return rejected('credential_invalid', 'key_unknown')
    return andThen(signerOf(jwt, algorithm, candidates, 0), (at): GenuineJwt =>
      at === -1
        ? rejected('credential_invalid', 'signature')
        : { outcome: 'genuine', keyIndex: at, isCurrent: keys.currencyOf(algorithm, kid, candidates[at] as KeyHandle) },
    )
  }
  return attempt(
    () => andThen(keys.find(algorithm, kid), judge),
    (cause): GenuineJwt =>
      cause instanceof KeysUnavailable
        ? { outcome: 'unavailable', cause, retryAfterSeconds: cause.retryAfterSeconds }
        : { outcome: 'unavailable', cause },
  )
}

/**
 * Index of the first key, starting at `from`, that signed the token; -1 if none. Returns no promise if the platform
 * needs none.
 */
function signerOf(
  jwt: UnverifiedJwt,
  algorithm: SignatureAlgorithm,
  keys: readonly KeyHandle[],
  from: number,
): MaybePromise<number> {
  for (let i = from; i < keys.length; i++) {
    const signed = crypto.verify(jwt.token, jwt.signature, algorithm, keys[i] as KeyHandle)
    if (isPending(signed))
      return Promise.resolve(signed).then((yes) => (yes === true ? i : signerOf(jwt, algorithm, keys, i + 1)))
    if (signed === true) return i
  }
  return -1
}

function judgeClaims(jwt: UnverifiedJwt, proof: GenuineJwt, rules: ClaimRules, now: number): GenuineJwt {
  if (proof.outcome !== 'genuine') return proof
  const refusal = checkRegisteredClaims(jwt, rules, now)
  return refusal === null ? proof : rejected(refusal.code, refusal.reason, refusal.claim)
}

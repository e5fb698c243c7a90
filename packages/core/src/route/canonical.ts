import type { Canonical } from '../cache/revocations.js'
import { percentDecode } from '../http/cookies.js'
import { signedPartOf } from './jwt.js'
import type { Verifier } from './verifier.js'

/**
 * One text for all spellings of a credential. Cookies may be percent-encoded in many ways, a JWT may have several
 * signatures (anybody can derive a second one from an ECDSA signature), and verifiers know their other spellings.
 */
export function createCanonical(verifiers: readonly Verifier[]): Canonical {
  const own = verifiers.flatMap(({ canonical }) => canonical ?? [])
  return (credential) => {
    const text = own.reduce((spelled, canonical) => canonical(spelled), percentDecode(credential))
    return signedPartOf(text) ?? text
  }
}

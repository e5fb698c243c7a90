import type { Canonical } from '../cache/revocations.js'
import { percentDecode } from '../http/cookies.js'
import type { Verifier } from './verifier.js'

/** Cookies may be percent-encoded in many ways; what else there is, the verifiers know. */
export function createCanonical(verifiers: readonly Verifier[]): Canonical {
  const own = verifiers.flatMap(({ canonical }) => canonical ?? [])
  return (credential) => own.reduce((text, canonical) => canonical(text), percentDecode(credential))
}

import type { OpenVerifier, VerifiedIdentity, Verifier } from '../../src/index.js'
import { identityOf, type StatedIdentity } from '../../src/verify/identity.js'

/** What a verifier proved of somebody, and no more. */
export function identity(subject: string, more: Partial<StatedIdentity<object>> = {}): VerifiedIdentity {
  return identityOf({ issuer: 'v', subject, claims: {}, ...more })
}

/** A verifier of an app's own, `v`, for bearers that begin with `k_`. */
export function verifierOf(verify: OpenVerifier['verify'], more: Partial<Verifier> = {}): Verifier {
  const carriage = { bearer: true, headers: [], cookies: [] }
  return {
    name: 'v',
    shapes: [{ kind: 'prefix', carriage, prefix: 'k_', minLength: 0, maxLength: 99 }],
    open: () => ({ verify, ready: async () => {}, close: () => {} }),
    ...more,
  }
}

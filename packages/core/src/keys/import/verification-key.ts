import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import * as crypto from '#crypto'
import { atHand } from '../../async/at-hand.js'
import type { KeyHandle, PublicJwk, PublicKeyAlgorithm } from '../../crypto/port.js'
import { fitsAlgorithm } from './jwk.js'

/** A key that passed the checks, imported once per algorithm. */
export interface VerificationKey {
  readonly kid: string | null
  fits(algorithm: PublicKeyAlgorithm): boolean
  handle(algorithm: PublicKeyAlgorithm): MaybePromise<KeyHandle>
}

/** A key from a key set, which can be exported. */
export interface PublishedKey extends VerificationKey {
  /** The members that a verifier reads, in one order. */
  readonly jwk: PublicJwk
}

/** @param entry A JSON Web Key that passed `jwkProblem`. */
export function keyOfJwk(entry: PublicJwk): PublishedKey {
  const { kty, crv, n, e, x, y, kid, alg, use, key_ops, issuer } = entry
  const material = defined({ kty, crv, n, e, x, y })
  const jwk = defined({ ...material, kid, alg, use, key_ops, issuer })
  const handles = new Map<string, () => MaybePromise<KeyHandle>>()
  return {
    jwk,
    kid: kid ?? null,
    fits: (algorithm) => fitsAlgorithm(jwk, algorithm),
    handle(algorithm) {
      const known = handles.get(algorithm) ?? atHand(crypto.importJwk(material, algorithm))
      handles.set(algorithm, known)
      return known()
    },
  }
}

function defined(jwk: { [Member in keyof PublicJwk]: PublicJwk[Member] | undefined }): PublicJwk {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined))
}

/**
 * The imported keys; without a promise if all are ready. A key that the platform cannot import, such as a point off its
 * curve, is left out: one bad key never spoils the others.
 */
export function handlesOf(
  keys: readonly VerificationKey[],
  algorithm: PublicKeyAlgorithm,
): MaybePromise<readonly KeyHandle[]> {
  const handles: MaybePromise<KeyHandle>[] = []
  for (const key of keys) {
    try {
      handles.push(key.handle(algorithm))
    } catch {
      // Left out.
    }
  }
  return handles.some((handle) => isPending(handle)) ? fulfilled(handles) : (handles as KeyHandle[])
}

async function fulfilled(handles: readonly MaybePromise<KeyHandle>[]): Promise<readonly KeyHandle[]> {
  const settled = await Promise.allSettled(handles)
  return settled.flatMap((handle) => (handle.status === 'fulfilled' ? [handle.value] : []))
}

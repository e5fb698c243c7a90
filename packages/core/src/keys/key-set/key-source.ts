import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import * as crypto from '#crypto'
import { allOf, atHand } from '../../async/at-hand.js'
import type { HmacAlgorithm, KeyHandle, PublicKeyAlgorithm, SignatureAlgorithm } from '../../crypto/port.js'
import { importKey, type PublicKeyInput } from '../import/import-key.js'
import type { SecretList } from '../secrets/secret-list.js'
import { handlesOf, type VerificationKey } from '../import/verification-key.js'

/** Where a verifier's keys come from: its own list, its own secrets, or its own key set. Never shared. */
export interface KeySource {
  /**
   * Keys that may have signed a token with this header, best first; few, because each is tried. Throws or rejects if it
   * cannot tell.
   *
   * @param signsFor Whether a key that names an issuer signs for the token's issuer; several issuers may share a set.
   */
  find(algorithm: SignatureAlgorithm, kid: string | null, signsFor?: SignsFor): MaybePromise<readonly KeyHandle[]>
  /**
   * Returns a check whether `find` would still return this key for this header. A withdrawn key ends what it signed.
   */
  currencyOf(algorithm: SignatureAlgorithm, kid: string | null, key: KeyHandle): () => boolean
  /** Loads everything that can be loaded in advance; rejects if that fails. */
  ready(): Promise<void>
  close(): void
}

/** Checks the `issuer` of a published key, which is an issuer or a pattern. */
export type SignsFor = (stated: string) => boolean

/** It is unknown which key signed until the pause is over. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
  readonly retryAfterSeconds: number

  constructor(message: string, pauseMs: number) {
    super(message)
    this.retryAfterSeconds = secondsOf(pauseMs)
  }
}

const secondsOf = (pauseMs: number): number => Math.max(1, Math.ceil(pauseMs / 1_000))

/** One error for a whole flood of unknown keys: creating its stack costs as much as reading the token. */
export function unavailableFor(message: string): (pauseMs: number) => KeysUnavailable {
  let last: KeysUnavailable | null = null
  return (pauseMs) =>
    last?.retryAfterSeconds === secondsOf(pauseMs) ? last : (last = new KeysUnavailable(message, pauseMs))
}

/** Keys that the app lists stay as long as the instance. */
const always = (): boolean => true

/** Keys from the app's own list. A wrong key fails at construction if the platform can tell, otherwise in `ready()`. */
export function localKeys(
  inputs: readonly PublicKeyInput[],
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): KeySource {
  const keys = atHand(allOf(inputs.map((input, index) => importKey(input, algorithms, `${path}[${index}]`))))
  const fitting = (all: readonly VerificationKey[], algorithm: PublicKeyAlgorithm, kid: string | null) =>
    handlesOf(
      all.filter((key) => key.fits(algorithm) && (kid === null || key.kid === null || key.kid === kid)),
      algorithm,
    )
  return {
    find(algorithm, kid) {
      const all = keys()
      const wanted = algorithm as PublicKeyAlgorithm
      return andThen(all, (loaded) => fitting(loaded, wanted, kid))
    },
    currencyOf: () => always,
    ready: async () => void (await keys()),
    close: () => {},
  }
}

/** HMAC secrets, in order. `kid` is ignored: home-grown issuers rarely set one. */
export function secretKeys(secrets: SecretList): KeySource {
  const handles = new Map<SignatureAlgorithm, () => MaybePromise<readonly KeyHandle[]>>()
  const load = (algorithm: HmacAlgorithm) =>
    allOf(Array.from({ length: secrets.size }, (_, i) => crypto.importSecret(secrets.at(i), algorithm)))
  return {
    find(algorithm) {
      const known = handles.get(algorithm) ?? atHand(load(algorithm as HmacAlgorithm))
      handles.set(algorithm, known)
      return known()
    },
    currencyOf: () => always,
    ready: async () => {},
    close: () => {},
  }
}

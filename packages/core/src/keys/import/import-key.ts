import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import * as crypto from '#crypto'
import { optionError } from '../../settings/options.js'
import type { KeyHandle, PublicJwk, PublicKeyAlgorithm, WebCryptoKey } from '../../crypto/port.js'
import { importCryptoKey, isCryptoKey } from './import-crypto-key.js'
import { fitsAlgorithm, jwkProblem } from './jwk.js'
import { spkiOfPem } from './pem.js'
import { keyOfJwk, type VerificationKey } from './verification-key.js'

/** A verification key the app configures: PEM (SPKI), JSON Web Key, or WebCrypto key. */
export type PublicKeyInput = string | PublicJwk | WebCryptoKey

/**
 * Reads and judges a key that the app configured.
 *
 * @throws {AuthError} `configuration_invalid`, naming `path`; rejects with it where the platform tells later.
 */
export function importKey(
  input: PublicKeyInput,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): MaybePromise<VerificationKey> {
  const check = (jwk: PublicJwk) => checkedKey(jwk, algorithms, path)
  if (typeof input === 'string') return importPem(input, algorithms, path, check)
  return isCryptoKey(input) ? importCryptoKey(input, algorithms, path, check) : check(input as PublicJwk)
}

function importPem(
  pem: string,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
  check: (jwk: PublicJwk) => MaybePromise<VerificationKey>,
): MaybePromise<VerificationKey> {
  if (pem.includes('PRIVATE KEY')) throw optionError(path, 'is a private key; use the public one')
  if (pem.includes('BEGIN CERTIFICATE'))
    throw optionError(path, 'is a certificate; use its public key (openssl x509 -pubkey -noout)')
  if (pem.includes('BEGIN RSA PUBLIC KEY'))
    throw optionError(path, 'is PKCS #1; use SPKI (openssl rsa -RSAPublicKey_in -pubout)')
  const spki = spkiOfPem(pem)
  if (spki === null) throw optionError(path, 'is not exactly one public key in PEM (SPKI, BEGIN PUBLIC KEY)')
  const wrong = (): never => {
    throw optionError(path, 'is no public key that fits the algorithms')
  }
  let jwk: MaybePromise<PublicJwk>
  try {
    jwk = crypto.spkiToJwk(spki, algorithms)
  } catch {
    return wrong()
  }
  return isPending(jwk) ? Promise.resolve(jwk).catch(wrong).then(check) : check(jwk)
}

function checkedKey(
  jwk: PublicJwk,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): MaybePromise<VerificationKey> {
  const problem = jwkProblem(jwk)
  if (problem !== null) throw optionError(path, problem)
  const fitting = algorithms.filter((algorithm) => fitsAlgorithm(jwk, algorithm))
  if (fitting.length === 0) throw optionError(path, `fits none of the algorithms ${algorithms.join(', ')}`)
  const key = keyOfJwk(jwk)
  const unusable = (): never => {
    throw optionError(path, 'cannot be imported; a point off its curve, for example')
  }
  let handles: MaybePromise<KeyHandle>[]
  try {
    handles = fitting.map((algorithm) => key.handle(algorithm))
  } catch {
    return unusable()
  }
  return handles.some((handle) => isPending(handle)) ? Promise.all(handles).then(() => key, unusable) : key
}

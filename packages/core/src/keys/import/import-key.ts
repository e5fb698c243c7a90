import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import * as crypto from '#crypto'
import { isPrivateKey } from '../../crypto/der.js'
import { optionError } from '../../settings/options.js'
import type {
  KeyHandle,
  NodeKeyObject,
  PublicJwk,
  PublicKeyAlgorithm,
  PublicKeyEncoding,
  WebCryptoKey,
} from '../../crypto/port.js'
import { importCryptoKey, isCryptoKey } from './import-crypto-key.js'
import { fitsAlgorithm, jwkProblem } from './jwk.js'
import { isKeyObject, jwkOfKeyObject } from './key-object.js'
import { readKeyMaterial } from './key-material.js'
import { keyOfJwk, type VerificationKey } from './verification-key.js'

/**
 * A verification key that the app configures: PEM (SPKI, PKCS #1 or an X.509 certificate), also with `\n` written out,
 * on one line, in quotes or as base64; the same as bytes, or DER; a JSON Web Key, also as text; a KeyObject of
 * node:crypto; or a WebCrypto key.
 *
 * Only the key of a certificate is read, not its dates or its signature.
 */
export type PublicKeyInput = string | Uint8Array | PublicJwk | WebCryptoKey | NodeKeyObject

type CheckJwk = (jwk: PublicJwk) => MaybePromise<VerificationKey>

/**
 * Reads and checks a key that the app configured.
 *
 * @throws {AuthError} `configuration_invalid`, naming `path`; rejects with it if the platform checks asynchronously.
 */
export function importKey(
  input: PublicKeyInput,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
): MaybePromise<VerificationKey> {
  const check: CheckJwk = (jwk) => checkedKey(jwk, algorithms, path)
  if (isCryptoKey(input)) return importCryptoKey(input, algorithms, path, check)
  if (isKeyObject(input)) {
    if (input.type !== 'public') throw optionError(path, `is a ${input.type} key; use the public one`)
    return check(jwkOfKeyObject(input, path))
  }
  if (typeof input !== 'string' && !ArrayBuffer.isView(input)) {
    if ('keys' in input) throw optionError(path, 'is a JWK Set; give one of its keys')
    return check(input as PublicJwk)
  }
  const material = readKeyMaterial(input)
  if (material.kind === 'problem') throw optionError(path, material.problem)
  return material.kind === 'jwk' ? check(material.jwk) : importDer(material, algorithms, path, check)
}

const ENCODINGS: Readonly<Record<string, PublicKeyEncoding>> = {
  'PUBLIC KEY': 'spki',
  'RSA PUBLIC KEY': 'pkcs1',
  CERTIFICATE: 'x509',
}

function importDer(
  { der, label }: { readonly der: Uint8Array; readonly label: string | null },
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
  check: CheckJwk,
): MaybePromise<VerificationKey> {
  if (label?.includes('PRIVATE KEY') === true || isPrivateKey(der))
    throw optionError(path, 'is a private key; use the public one (openssl pkey -pubout)')
  const encodings =
    label === null ? Object.values(ENCODINGS) : [ENCODINGS[label]].filter((known) => known !== undefined)
  if (encodings.length === 0)
    throw optionError(path, `is PEM of ${label}; give a public key (BEGIN PUBLIC KEY) or a certificate`)
  const wrong = (): never => {
    throw optionError(path, `holds no public key for ${algorithms.join(', ')}`)
  }
  let jwk: MaybePromise<PublicJwk>
  try {
    jwk = crypto.publicKeyToJwk(der, encodings, algorithms)
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

import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import * as crypto from '#crypto'
import { optionError } from '../../settings/options.js'
import type { KeyHandle, PublicJwk, PublicKeyAlgorithm } from '../../crypto/port.js'
import { rsaParametersProblem } from './jwk.js'
import type { VerificationKey } from './verification-key.js'

const FAMILY: Readonly<Record<string, string>> = { 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS' }
const CURVE: Readonly<Record<string, PublicKeyAlgorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }

interface Parameters {
  readonly name: string
  readonly namedCurve?: string
  readonly hash?: { readonly name: string }
  readonly modulusLength?: number
  readonly publicExponent?: Uint8Array
}

export function isCryptoKey(input: unknown): input is CryptoKey {
  return Object.prototype.toString.call(input) === '[object CryptoKey]'
}

/**
 * Reads a WebCrypto key. An extractable one is checked as the JSON Web Key that it exports. For others only the
 * parameters can be checked, which is not enough for Ed25519, because they do not reveal a point of small order.
 */
export function importCryptoKey(
  key: CryptoKey,
  algorithms: readonly PublicKeyAlgorithm[],
  path: string,
  check: (jwk: PublicJwk) => MaybePromise<VerificationKey>,
): MaybePromise<VerificationKey> {
  if (key.type !== 'public') throw optionError(path, `is a ${key.type} key; use the public one`)
  if (!key.usages.includes('verify')) throw optionError(path, 'is not for verifying; import it with the usage `verify`')
  const algorithm = algorithmOf(key)
  if (algorithm === null || !algorithms.includes(algorithm))
    throw optionError(path, `fits none of the algorithms ${algorithms.join(', ')}`)
  if (!key.extractable) return opaqueKey(key, algorithm, path)
  const checked = ({ kty, crv, n, e, x, y }: PublicJwk) =>
    check(JSON.parse(JSON.stringify({ kty, crv, n, e, x, y, alg: algorithm })) as PublicJwk)
  const jwk = crypto.cryptoKeyToJwk(key)
  return andThen(jwk, checked)
}

/** The one algorithm, including the hash, that a WebCrypto key is bound to. */
export function algorithmOf(key: CryptoKey): PublicKeyAlgorithm | null {
  const { name, namedCurve, hash } = key.algorithm as Parameters
  if (name === 'Ed25519') return 'EdDSA'
  if (name === 'ECDSA') return CURVE[namedCurve ?? ''] ?? null
  const family = FAMILY[name]
  return family === undefined ? null : (`${family}${hash?.name.slice('SHA-'.length)}` as PublicKeyAlgorithm)
}

function opaqueKey(key: CryptoKey, algorithm: PublicKeyAlgorithm, path: string): VerificationKey {
  if (algorithm === 'EdDSA') throw optionError(path, 'cannot be checked; import it as extractable')
  const { modulusLength, publicExponent } = key.algorithm as Parameters
  if (modulusLength !== undefined) {
    const problem = rsaParametersProblem(modulusLength, publicExponent ?? new Uint8Array())
    if (problem !== null) throw optionError(path, problem)
  }
  let handle: KeyHandle
  try {
    handle = crypto.importCryptoKey(key)
  } catch {
    throw optionError(path, 'cannot be used on this platform; import it as extractable')
  }
  return { kid: null, fits: (wanted) => wanted === algorithm, handle: () => handle }
}

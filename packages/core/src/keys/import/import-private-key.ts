import { importJWK } from 'jose/key/import'
import { andThen, isPending, type MaybePromise } from '../../async/maybe-promise.js'
import * as crypto from '#crypto'
import { isPrivateKey } from '../../crypto/der.js'
import type {
  NodeKeyObject,
  PrivateJwk,
  PrivateKeyEncoding,
  PublicKeyAlgorithm,
  WebCryptoKey,
} from '../../crypto/port.js'
import { optionError } from '../../settings/options.js'
import { algorithmOf, isCryptoKey } from './import-crypto-key.js'
import { fitsAlgorithm, jwkProblem } from './jwk.js'
import { readKeyMaterial } from './key-material.js'
import { isKeyObject, jwkOfKeyObject } from './key-object.js'

/**
 * A signing key that the app configures: PEM (PKCS #8, PKCS #1 or SEC 1), also with `\n` written out, on one line, in
 * quotes or as base64; the same as bytes, or DER; a private JSON Web Key, also as text; a KeyObject of node:crypto; or
 * a WebCrypto key, which need not be extractable.
 */
export type PrivateKeyInput = string | Uint8Array | PrivateJwk | WebCryptoKey | NodeKeyObject

/**
 * Reads and checks a signing key.
 *
 * @returns a WebCrypto key unchanged, or a private JSON Web Key that fits the algorithm.
 * @throws {AuthError} `configuration_invalid`, naming `path`; rejects with it if the platform checks asynchronously.
 *   The key is never repeated.
 */
export function readPrivateKey(
  input: PrivateKeyInput,
  algorithm: PublicKeyAlgorithm,
  path: string,
): MaybePromise<CryptoKey | PrivateJwk> {
  const check = (jwk: object) => checkedJwk(jwk as PrivateJwk, algorithm, path)
  if (isCryptoKey(input)) return checkedCryptoKey(input, algorithm, path)
  if (isKeyObject(input)) {
    if (input.type !== 'private') throw optionError(path, `is a ${input.type} key; use the private one`)
    return check(jwkOfKeyObject(input, path))
  }
  if (typeof input !== 'string' && !ArrayBuffer.isView(input)) return check(input)
  const material = readKeyMaterial(input)
  if (material.kind === 'problem') throw optionError(path, material.problem)
  if (material.kind === 'jwk') return check(material.jwk)
  return andThen(jwkOfDer(material, algorithm, path), check)
}

/** Imports the key into the platform, from which it cannot be read back. */
export async function importPrivateKey(
  key: CryptoKey | PrivateJwk,
  algorithm: PublicKeyAlgorithm,
  path: string,
): Promise<CryptoKey> {
  if (isCryptoKey(key)) return key
  try {
    return (await importJWK(materialOf(key), algorithm, { extractable: false })) as CryptoKey
  } catch {
    throw optionError(path, 'cannot be imported; of RSA, p, q, dp, dq and qi are needed, too')
  }
}

const ENCODINGS: Readonly<Record<string, PrivateKeyEncoding>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
}

function jwkOfDer(
  { der, label }: { readonly der: Uint8Array; readonly label: string | null },
  algorithm: PublicKeyAlgorithm,
  path: string,
): MaybePromise<PrivateJwk> {
  const encodings =
    label === null ? Object.values(ENCODINGS) : [ENCODINGS[label]].filter((known) => known !== undefined)
  if (encodings.length === 0 || !isPrivateKey(der))
    throw optionError(path, 'is no private key; a public key or a certificate does not sign')
  const wrong = (): never => {
    throw optionError(path, `holds no private key for ${algorithm}`)
  }
  try {
    const jwk = crypto.privateKeyToJwk(der, encodings, algorithm)
    return isPending(jwk) ? Promise.resolve(jwk).catch(wrong) : jwk
  } catch {
    return wrong()
  }
}

function checkedJwk(jwk: PrivateJwk, algorithm: PublicKeyAlgorithm, path: string): PrivateJwk {
  if (typeof jwk.d !== 'string') throw optionError(path, 'is no private key; a private JSON Web Key has the member `d`')
  // `use` and `key_ops` of a private key say what it signs, not what it verifies.
  const { d: _d, use: _use, key_ops: _operations, ...publicPart } = jwk
  const problem = jwkProblem(publicPart)
  if (problem !== null) throw optionError(path, problem)
  if (!fitsAlgorithm(publicPart, algorithm)) throw optionError(path, `does not fit the algorithm ${algorithm}`)
  return jwk
}

function checkedCryptoKey(key: CryptoKey, algorithm: PublicKeyAlgorithm, path: string): CryptoKey {
  if (key.type !== 'private') throw optionError(path, `is a ${key.type} key; use the private one`)
  if (!key.usages.includes('sign')) throw optionError(path, 'is not for signing; import it with the usage `sign`')
  if (algorithmOf(key) !== algorithm) throw optionError(path, `does not fit the algorithm ${algorithm}`)
  return key
}

/** Without `use`, `alg` and `key_ops`, which platforms treat differently. */
function materialOf({ kty, crv, n, e, x, y, d, p, q, dp, dq, qi }: PrivateJwk): Parameters<typeof importJWK>[0] {
  const members = Object.entries({ kty, crv, n, e, x, y, d, p, q, dp, dq, qi })
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as Parameters<typeof importJWK>[0]
}

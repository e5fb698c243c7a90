import type { MaybePromise } from '../../src/async/maybe-promise.js'
import type { CryptoPort, KeyHandle, SignatureAlgorithm } from '../../src/crypto/port.js'

/** The signature of a compact JWS whose header and claims are nobody's business here; a wrong spelling is no signature. */
export function verifyCompact(
  port: CryptoPort,
  token: string,
  algorithm: SignatureAlgorithm,
  key: KeyHandle,
): MaybePromise<boolean> {
  const dot = token.lastIndexOf('.')
  const signature = port.decodeBase64Url(token.slice(dot + 1))
  return signature !== null && port.verify(token, signature, algorithm, key)
}

import { createPrivateKey, createPublicKey, createSecretKey, KeyObject, X509Certificate } from 'node:crypto'
import type { CryptoPort, PrivateJwk, PrivateKeyEncoding, PublicJwk, PublicKeyEncoding } from './port.js'

// node:crypto reads keys synchronously, so a wrong key fails when the instance is created.

export const importSecret: CryptoPort['importSecret'] = (secret) => createSecretKey(secret)

export const importJwk: CryptoPort['importJwk'] = (jwk) => createPublicKey({ key: { ...jwk }, format: 'jwk' })

export const importCryptoKey: CryptoPort['importCryptoKey'] = (key) => KeyObject.from(key)

export const cryptoKeyToJwk: CryptoPort['cryptoKeyToJwk'] = (key) => jwkOf(KeyObject.from(key))

export const publicKeyToJwk: CryptoPort['publicKeyToJwk'] = (der, encodings) =>
  jwkOf(firstOf(encodings, (encoding) => readPublicKey(Buffer.from(der), encoding)))

export const privateKeyToJwk: CryptoPort['privateKeyToJwk'] = (der, encodings) =>
  firstOf(encodings, (type) => createPrivateKey({ key: Buffer.from(der), format: 'der', type })).export({
    format: 'jwk',
  }) as PrivateJwk

function readPublicKey(der: Buffer, encoding: PublicKeyEncoding): KeyObject {
  return encoding === 'x509'
    ? new X509Certificate(der).publicKey
    : createPublicKey({ key: der, format: 'der', type: encoding })
}

/**
 * The first encoding that can be read.
 *
 * @throws what the last one threw.
 */
function firstOf<Encoding extends PublicKeyEncoding | PrivateKeyEncoding>(
  encodings: readonly Encoding[],
  read: (encoding: Encoding) => KeyObject,
): KeyObject {
  let cause: unknown
  for (const encoding of encodings) {
    try {
      return read(encoding)
    } catch (error) {
      cause = error
    }
  }
  throw cause
}

function jwkOf(key: KeyObject): PublicJwk {
  return key.export({ format: 'jwk' }) as PublicJwk
}

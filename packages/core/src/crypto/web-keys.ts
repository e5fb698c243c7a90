import { exportJWK } from 'jose/key/export'
import { importJWK, importPKCS8, importSPKI, importX509 } from 'jose/key/import'
import { pkcs8Of, spkiOfPkcs1 } from './der.js'
import type {
  CryptoPort,
  PrivateJwk,
  PrivateKeyEncoding,
  PublicJwk,
  PublicKeyAlgorithm,
  PublicKeyEncoding,
} from './port.js'

/** Imported once: given bytes, jose would import the secret for every signature. */
export const importSecret: CryptoPort['importSecret'] = (secret, algorithm) => {
  const parameters = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` }
  return globalThis.crypto.subtle.importKey('raw', secret as Uint8Array<ArrayBuffer>, parameters, false, ['verify'])
}

export const importJwk: CryptoPort['importJwk'] = async (jwk, algorithm) =>
  importJWK({ ...jwk } as Parameters<typeof importJWK>[0], algorithm, { extractable: false })

export const importCryptoKey: CryptoPort['importCryptoKey'] = (key) => key

export const cryptoKeyToJwk: CryptoPort['cryptoKeyToJwk'] = async (key) => (await exportJWK(key)) as PublicJwk

export const publicKeyToJwk: CryptoPort['publicKeyToJwk'] = async (der, encodings, algorithms) => {
  const readings = encodings.flatMap((encoding) =>
    algorithms.map((algorithm) => () => readPublicKey(der, encoding, algorithm)),
  )
  return (await exportJWK(await firstOf(readings))) as PublicJwk
}

export const privateKeyToJwk: CryptoPort['privateKeyToJwk'] = async (der, encodings, algorithm) => {
  const readings = encodings.map((encoding) => () => readPrivateKey(der, encoding, algorithm))
  return (await exportJWK(await firstOf(readings))) as PrivateJwk
}

function readPublicKey(der: Uint8Array, encoding: PublicKeyEncoding, algorithm: PublicKeyAlgorithm) {
  if (encoding === 'x509') return importX509(pemOf(der, 'CERTIFICATE'), algorithm, { extractable: true })
  const spki = encoding === 'pkcs1' ? spkiOfPkcs1(der) : der
  return importSPKI(pemOf(spki, 'PUBLIC KEY'), algorithm, { extractable: true })
}

function readPrivateKey(der: Uint8Array, encoding: PrivateKeyEncoding, algorithm: PublicKeyAlgorithm) {
  const pkcs8 = encoding === 'pkcs8' ? der : pkcs8Of(der, algorithm)
  return importPKCS8(pemOf(pkcs8, 'PRIVATE KEY'), algorithm, { extractable: true })
}

/**
 * The first encoding that can be read.
 *
 * @throws what the last one threw.
 */
async function firstOf<T>(readings: readonly (() => Promise<T>)[]): Promise<T> {
  let cause: unknown
  for (const read of readings) {
    try {
      return await read()
    } catch (error) {
      cause = error
    }
  }
  throw cause
}

function pemOf(der: Uint8Array, label: string): string {
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''))
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----`
}

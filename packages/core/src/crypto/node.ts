import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  hash,
  KeyObject,
  timingSafeEqual,
  verify as verifyOnce,
} from 'node:crypto'
import type { CryptoPort, PublicJwk } from './port.js'

// node:crypto, synchronous: it does not queue behind scrypt and bcrypt in the thread pool.

export const importSecret: CryptoPort['importSecret'] = (secret) => createSecretKey(secret)

export const importJwk: CryptoPort['importJwk'] = (jwk) => createPublicKey({ key: jwk as never, format: 'jwk' })

export const importCryptoKey: CryptoPort['importCryptoKey'] = (key) => KeyObject.from(key as never)

export const cryptoKeyToJwk: CryptoPort['cryptoKeyToJwk'] = (key) =>
  KeyObject.from(key as never).export({ format: 'jwk' }) as PublicJwk

export const spkiToJwk: CryptoPort['spkiToJwk'] = (spki) =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({ format: 'jwk' }) as PublicJwk

export const hmac: CryptoPort['hmac'] = (hash, key, message) =>
  createHmac(hash.replace('-', ''), key).update(message).digest()

export const aesCbcDecrypt: CryptoPort['aesCbcDecrypt'] = (key, iv, ciphertext) => {
  const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

export const aesCbcEncrypt: CryptoPort['aesCbcEncrypt'] = (key, iv, plaintext) => {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}

export const sha256: CryptoPort['sha256'] = (text) => hash('sha256', text, 'base64url')

/** Node's decoder is lenient and fast: what it reads is written again, and must be the same. */
export const decodeBase64Url: CryptoPort['decodeBase64Url'] = (text) => {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

/** Octets of r and of s. @see RFC 7518 section 3.4 */
const COORDINATE_BYTES: Readonly<Record<string, number>> = { ES256: 32, ES384: 48, ES512: 66 }

export const verify: CryptoPort['verify'] = (input, signature, algorithm, handle) => {
  const key = handle as KeyObject
  const digest = `sha${algorithm.slice(2)}`
  switch (algorithm) {
    case 'HS256':
    case 'HS384':
    case 'HS512': {
      const expected = createHmac(digest, key).update(input).digest()
      // Lengths are compared first: timingSafeEqual throws on unequal ones.
      return expected.length === signature.length && timingSafeEqual(expected, signature)
    }
    case 'PS256':
    case 'PS384':
    case 'PS512': {
      const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
      return verifyOnce(digest, Buffer.from(input), { key, padding, saltLength }, signature)
    }
    case 'ES256':
    case 'ES384':
    case 'ES512': {
      const half = COORDINATE_BYTES[algorithm] as number
      return signature.length === 2 * half && verifyOnce(digest, Buffer.from(input), key, derOf(signature, half))
    }
    case 'EdDSA':
      return verifyOnce(null, Buffer.from(input), key, signature)
    default:
      return verifyOnce(digest, Buffer.from(input), key, signature)
  }
}

/** With a bare key Node takes ECDSA signatures in DER; asked for another encoding it is half as slow again. */
function derOf(signature: Uint8Array, half: number): Uint8Array {
  const r = integerLength(signature, 0, half)
  const s = integerLength(signature, half, 2 * half)
  const length = r + s + 4
  const der = Buffer.alloc(length < 128 ? length + 2 : length + 3)
  const at = der.length - length
  der[0] = 0x30
  if (length >= 128) der[1] = 0x81
  der[at - 1] = length
  writeInteger(der, at, r, signature.subarray(0, half))
  writeInteger(der, at + 2 + r, s, signature.subarray(half))
  return der
}

/** Octets of a positive INTEGER: as few as it takes, and one more where the first would make it negative. @see X.690 section 8.3 */
function integerLength(bytes: Uint8Array, from: number, to: number): number {
  let start = from
  while (start < to - 1 && bytes[start] === 0) start++
  return to - start + ((bytes[start] as number) >> 7)
}

/** Where one octet more is asked for than there are, it is the zero that stands there already. */
function writeInteger(der: Uint8Array, at: number, length: number, bytes: Uint8Array): void {
  const octets = Math.min(length, bytes.length)
  der[at] = 2
  der[at + 1] = length
  der.set(bytes.subarray(bytes.length - octets), at + 2 + length - octets)
}

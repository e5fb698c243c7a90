import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import type { CryptoPort, KeyHandle, PublicJwk, SignatureAlgorithm } from './crypto.js'

// node:crypto, synchronous: it does not queue behind scrypt and bcrypt in the thread pool.

export const importSecret: CryptoPort['importSecret'] = (secret) => createSecretKey(secret)

export const importJwk: CryptoPort['importJwk'] = (jwk) => createPublicKey({ key: jwk as never, format: 'jwk' })

export const importCryptoKey: CryptoPort['importCryptoKey'] = (key) => KeyObject.from(key as never)

export const cryptoKeyToJwk: CryptoPort['cryptoKeyToJwk'] = (key) =>
  KeyObject.from(key as never).export({ format: 'jwk' }) as PublicJwk

export const spkiToJwk: CryptoPort['spkiToJwk'] = (spki) =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({ format: 'jwk' }) as PublicJwk

export const verifyCompact: CryptoPort['verifyCompact'] = (token, algorithm, key) => {
  const dot = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(dot + 1), 'base64url')
  return verifySignature(algorithm, key as KeyObject, token.slice(0, dot), signature)
}

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

export const sha256: CryptoPort['sha256'] = (text) => createHash('sha256').update(text).digest()

const ECDSA_BYTES: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 }

function verifySignature(algorithm: SignatureAlgorithm, key: KeyHandle, input: string, signature: Buffer): boolean {
  const hash = `sha${algorithm.slice(2)}`
  switch (algorithm) {
    case 'HS256':
    case 'HS384':
    case 'HS512': {
      const expected = createHmac(hash, key as KeyObject)
        .update(input)
        .digest()
      // Lengths are compared first: timingSafeEqual throws on unequal ones.
      return expected.length === signature.length && timingSafeEqual(expected, signature)
    }
    case 'PS256':
    case 'PS384':
    case 'PS512':
      return verify(
        hash,
        Buffer.from(input),
        {
          key: key as KeyObject,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        },
        signature,
      )
    case 'ES256':
    case 'ES384':
    case 'ES512':
      return (
        signature.length === ECDSA_BYTES[algorithm] &&
        verify(hash, Buffer.from(input), { key: key as KeyObject, dsaEncoding: 'ieee-p1363' }, signature)
      )
    case 'EdDSA':
      return verify(null, Buffer.from(input), key as KeyObject, signature)
    default:
      return verify(hash, Buffer.from(input), key as KeyObject, signature)
  }
}

import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  pbkdf2Sync,
  timingSafeEqual,
  verify as verifyOnce,
  type KeyObject,
} from 'node:crypto'
import type { CryptoPort, DirectJwe } from './port.js'

export {
  cryptoKeyToJwk,
  importCryptoKey,
  importJwk,
  importSecret,
  privateKeyToJwk,
  publicKeyToJwk,
} from './node-keys.js'

// node:crypto, synchronous: it does not queue behind scrypt and bcrypt in the thread pool, and no step of a request
// waits for a promise. Only this file and node-keys.ts do by hand what jose could do.

export const verify: CryptoPort['verify'] = (token, signature, algorithm, handle) => {
  const key = handle as KeyObject
  const input = token.slice(0, token.lastIndexOf('.'))
  const digest = `sha${algorithm.slice(2)}`
  switch (algorithm) {
    case 'HS256':
    case 'HS384':
    case 'HS512':
      return isSame(createHmac(digest, key).update(input).digest(), signature)
    case 'PS256':
    case 'PS384':
    case 'PS512': {
      const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
      return verifyOnce(digest, Buffer.from(input), { key, padding, saltLength }, signature)
    }
    case 'ES256':
    case 'ES384':
    case 'ES512':
      return verifyOnce(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'EdDSA':
      return verifyOnce(null, Buffer.from(input), key, signature)
    default:
      return verifyOnce(digest, Buffer.from(input), key, signature)
  }
}

export const decryptDirectJwe: CryptoPort['decryptDirectJwe'] = (jwe, key) =>
  jwe.enc === 'A256GCM' ? decryptGcm(jwe, key) : decryptCbcHmac(jwe, key)

/** @see RFC 7518 section 5.3: the header is the additional authenticated data. */
function decryptGcm({ header, iv, ciphertext, tag }: DirectJwe, key: Uint8Array): Uint8Array | null {
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
    cipher.setAAD(Buffer.from(header)).setAuthTag(tag)
    return Buffer.concat([cipher.update(ciphertext), cipher.final()])
  } catch {
    return null
  }
}

/** @see RFC 7518 section 5.2.2: half of the key is for the tag, half for decryption; the tag is half of an HMAC. */
function decryptCbcHmac({ header, iv, ciphertext, tag }: DirectJwe, key: Uint8Array): Uint8Array | null {
  const bits = Buffer.alloc(8)
  bits.writeUInt32BE(header.length * 8, 4)
  const mac = createHmac('sha512', key.subarray(0, 32)).update(header).update(iv).update(ciphertext).update(bits)
  if (!isSame(mac.digest().subarray(0, 32), tag)) return null
  try {
    return cbc(createDecipheriv('aes-256-cbc', key.subarray(32), iv), ciphertext)
  } catch {
    return null
  }
}

export const hmacSha256: CryptoPort['hmacSha256'] = (key, message) => createHmac('sha256', key).update(message).digest()

export const verifyHmacSha256: CryptoPort['verifyHmacSha256'] = (key, message, mac) =>
  isSame(createHmac('sha256', key).update(message).digest(), mac)

export const hkdfSha256: CryptoPort['hkdfSha256'] = (secret, salt, info, bytes) =>
  new Uint8Array(hkdfSync('sha256', secret, salt, info, bytes))

export const pbkdf2Sha1Once: CryptoPort['pbkdf2Sha1Once'] = (password, salt) =>
  pbkdf2Sync(password, salt, 1, 32, 'sha1')

export const aesCbcDecrypt: CryptoPort['aesCbcDecrypt'] = (key, iv, ciphertext) =>
  cbc(createDecipheriv('aes-256-cbc', key, iv), ciphertext)

export const aesCbcEncrypt: CryptoPort['aesCbcEncrypt'] = (key, iv, plaintext) =>
  cbc(createCipheriv('aes-256-cbc', key, iv), plaintext)

export const constantTimeEqual: CryptoPort['constantTimeEqual'] = (a, b) => isSame(a, b)

export const sha256: CryptoPort['sha256'] = (text) => hash('sha256', text, 'base64url')

/** Node's decoder is lenient but fast: its result is encoded again and must be the same. */
export const decodeBase64Url: CryptoPort['decodeBase64Url'] = (text) => {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

export const encodeBase64Url: CryptoPort['encodeBase64Url'] = (bytes) => Buffer.from(bytes).toString('base64url')

function cbc(cipher: ReturnType<typeof createCipheriv> | ReturnType<typeof createDecipheriv>, input: Uint8Array) {
  return Buffer.concat([cipher.update(input), cipher.final()])
}

/** Compares lengths first: timingSafeEqual throws if they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

import { encode } from 'jose/base64url'
import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { compactVerify } from 'jose/jws/compact/verify'
import type { CryptoPort } from './port.js'

export { decodeBase64Url } from './base64url.js'
export {
  cryptoKeyToJwk,
  importCryptoKey,
  importJwk,
  importSecret,
  privateKeyToJwk,
  publicKeyToJwk,
} from './web-keys.js'

// Portable: jose, and WebCrypto for what jose lacks. For Workers, browsers, Deno and every other runtime.

const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder()

export const verify: CryptoPort['verify'] = async (token, _signature, algorithm, key) => {
  const verified = compactVerify(token, key as CryptoKey, { algorithms: [algorithm] })
  return (await unlessFailed(verified, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')) !== null
}

export const decryptDirectJwe: CryptoPort['decryptDirectJwe'] = async ({ value, enc }, key) => {
  const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: [enc] }
  const decrypted = await unlessFailed(compactDecrypt(value, key, algorithms), 'ERR_JWE_DECRYPTION_FAILED')
  return decrypted?.plaintext ?? null
}

export const hmacSha256: CryptoPort['hmacSha256'] = async (key, message) =>
  new Uint8Array(await subtle().sign('HMAC', await hmacKey(key), encoder.encode(message)))

export const verifyHmacSha256: CryptoPort['verifyHmacSha256'] = async (key, message, mac) =>
  subtle().verify('HMAC', await hmacKey(key), bytes(mac), encoder.encode(message))

export const hkdfSha256: CryptoPort['hkdfSha256'] = async (secret, salt, info, length) => {
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: encoder.encode(salt), info: encoder.encode(info) }
  const key = await subtle().importKey('raw', bytes(secret), 'HKDF', false, ['deriveBits'])
  return new Uint8Array(await subtle().deriveBits(parameters, key, length * 8))
}

export const pbkdf2Sha1Once: CryptoPort['pbkdf2Sha1Once'] = async (password, salt) => {
  const parameters = { name: 'PBKDF2', hash: 'SHA-1', salt: encoder.encode(salt), iterations: 1 }
  const key = await subtle().importKey('raw', bytes(password), 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(await subtle().deriveBits(parameters, key, 256))
}

export const aesCbcDecrypt: CryptoPort['aesCbcDecrypt'] = (key, iv, ciphertext) =>
  aesCbc('decrypt', key, iv, ciphertext)

export const aesCbcEncrypt: CryptoPort['aesCbcEncrypt'] = (key, iv, plaintext) => aesCbc('encrypt', key, iv, plaintext)

/** WebCrypto compares in constant time only in `verify`, so an HMAC of one is verified against the other. */
export const constantTimeEqual: CryptoPort['constantTimeEqual'] = async (a, b) => {
  const key = await subtle().generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  return subtle().verify('HMAC', key, await subtle().sign('HMAC', key, bytes(a)), bytes(b))
}

export const sha256: CryptoPort['sha256'] = async (text) =>
  encode(new Uint8Array(await subtle().digest('SHA-256', encoder.encode(text))))

export const encodeBase64Url: CryptoPort['encodeBase64Url'] = (octets) => encode(octets)

/** Compares the code, because a bundled copy has its own error class. */
async function unlessFailed<T>(work: Promise<T>, code: string): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code === code) return null
    throw error
  }
}

async function aesCbc(
  use: 'encrypt' | 'decrypt',
  key: Uint8Array,
  iv: Uint8Array,
  input: Uint8Array,
): Promise<Uint8Array> {
  const handle = await subtle().importKey('raw', bytes(key), 'AES-CBC', false, [use])
  return new Uint8Array(await subtle()[use]({ name: 'AES-CBC', iv: bytes(iv) }, handle, bytes(input)))
}

function hmacKey(key: Uint8Array): Promise<CryptoKey> {
  return subtle().importKey('raw', bytes(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}

function subtle(): SubtleCrypto {
  return globalThis.crypto.subtle
}

/** For TypeScript: our views are never on shared memory. */
function bytes(view: Uint8Array): Uint8Array<ArrayBuffer> {
  return view as Uint8Array<ArrayBuffer>
}

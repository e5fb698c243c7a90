import type { CryptoPort, PublicJwk, PublicKeyAlgorithm } from './port.js'
import { decodeBase64Url, encodeBase64Url } from './base64url.js'
import { parametersOf } from './webcrypto-parameters.js'

const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder()

// Portable: WebCrypto, for Workers, browsers, Deno and every other runtime.

export const importSecret: CryptoPort['importSecret'] = async (secret, algorithm) =>
  subtle().importKey('raw', bytes(secret), parametersOf(algorithm), false, ['verify'])

export const importJwk: CryptoPort['importJwk'] = async (jwk, algorithm) =>
  subtle().importKey('jwk', jwk as object, parametersOf(algorithm), false, ['verify'])

export const importCryptoKey: CryptoPort['importCryptoKey'] = (key) => key

export const cryptoKeyToJwk: CryptoPort['cryptoKeyToJwk'] = (key) => exportJwk(key)

export const spkiToJwk: CryptoPort['spkiToJwk'] = async (spki, algorithms) => {
  for (const algorithm of algorithms) {
    const key = await importSpki(spki, algorithm)
    if (key !== null) return exportJwk(key)
  }
  throw new TypeError('SPKI: no public key for these algorithms')
}

export const verify: CryptoPort['verify'] = async (input, signature, algorithm, key) =>
  (await subtle().verify(parametersOf(algorithm), key as CryptoKey, bytes(signature), bytes(encoder.encode(input)))) ===
  true

export const hmac: CryptoPort['hmac'] = async (hash, key, message) => {
  const handle = await subtle().importKey('raw', bytes(key), { name: 'HMAC', hash }, false, ['sign'])
  const input = typeof message === 'string' ? encoder.encode(message) : message
  return new Uint8Array(await subtle().sign('HMAC', handle, bytes(input)))
}

export const aesCbcDecrypt: CryptoPort['aesCbcDecrypt'] = (key, iv, ciphertext) =>
  aesCbc('decrypt', key, iv, ciphertext)

export const aesCbcEncrypt: CryptoPort['aesCbcEncrypt'] = (key, iv, plaintext) => aesCbc('encrypt', key, iv, plaintext)

export const sha256: CryptoPort['sha256'] = async (text) =>
  encodeBase64Url(new Uint8Array(await subtle().digest('SHA-256', bytes(encoder.encode(text)))))

export { decodeBase64Url }

async function aesCbc(
  use: 'encrypt' | 'decrypt',
  key: Uint8Array,
  iv: Uint8Array,
  input: Uint8Array,
): Promise<Uint8Array> {
  const handle = await subtle().importKey('raw', bytes(key), 'AES-CBC', false, [use])
  return new Uint8Array(await subtle()[use]({ name: 'AES-CBC', iv: bytes(iv) }, handle, bytes(input)))
}

/** WebCrypto adds the algorithm that it was told; the key itself names none. */
async function exportJwk(key: CryptoKey): Promise<PublicJwk> {
  const { kty, crv, n, e, x, y } = await subtle().exportKey('jwk', key)
  return JSON.parse(JSON.stringify({ kty, crv, n, e, x, y })) as PublicJwk
}

async function importSpki(der: Uint8Array, algorithm: PublicKeyAlgorithm): Promise<CryptoKey | null> {
  try {
    return await subtle().importKey('spki', bytes(der), parametersOf(algorithm), true, ['verify'])
  } catch {
    return null
  }
}

function subtle(): SubtleCrypto {
  return globalThis.crypto.subtle
}

/** TypeScript tells views on shared memory apart; ours never are. */
function bytes(view: Uint8Array): Uint8Array<ArrayBuffer> {
  return view as Uint8Array<ArrayBuffer>
}

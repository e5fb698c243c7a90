import { compactVerify, errors, exportJWK, importJWK, importSPKI, importX509, type CryptoKey as JoseKey } from 'jose'
import type { CryptoPort, PublicJwk } from './crypto.js'

const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder()

/** Portable: jose and WebCrypto, for Workers, browsers, Deno and every other runtime. */
export const crypto: CryptoPort = {
  importSecret: (secret, algorithm) =>
    globalThis.crypto.subtle.importKey(
      'raw',
      bytes(secret),
      { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` },
      false,
      ['verify'],
    ),
  importJwk: (jwk, algorithm) => importJWK({ ...jwk, key_ops: ['verify'], ext: true } as never, algorithm),
  importCryptoKey: (key) => key,
  async pemToJwk(pem, algorithm) {
    const read = pem.includes('BEGIN CERTIFICATE') ? importX509 : importSPKI
    const jwk = await exportJWK(await read(pem, algorithm, { extractable: true }))
    return jwk as PublicJwk
  },
  async verifyCompact(token, algorithm, key) {
    try {
      await compactVerify(token, key as JoseKey, { algorithms: [algorithm] })
      return true
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return false
      throw error
    }
  },
  async hmacSha256(secret, message) {
    const key = await globalThis.crypto.subtle.importKey(
      'raw',
      bytes(secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    return new Uint8Array(await globalThis.crypto.subtle.sign('HMAC', key, bytes(encoder.encode(message))))
  },
  sha256: async (text) => new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes(encoder.encode(text)))),
}

/** TypeScript tells views on shared memory apart; ours never are. */
function bytes(view: Uint8Array): Uint8Array<ArrayBuffer> {
  return view as Uint8Array<ArrayBuffer>
}

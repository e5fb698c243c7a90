import type { MaybePromise } from '../async/maybe-promise.js'

/** Signature algorithms that a verifier may pin (RFC 7518 section 3.1, RFC 8037). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512'
export type PublicKeyAlgorithm =
  'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'
/** What a JWT may be signed with; a verifier pins a list of them. */
export type SignatureAlgorithm = HmacAlgorithm | PublicKeyAlgorithm

/** A public JSON Web Key (RFC 7517), as published or exported. */
export interface PublicJwk {
  readonly kty?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly n?: string
  readonly e?: string
  readonly x?: string
  readonly y?: string
}

/** What the platform made of a key; opaque to everything but the platform file that made it. */
export type KeyHandle = { readonly [handle: string]: never } | object

/** A WebCrypto key by its members: not every configuration of TypeScript knows the global `CryptoKey`. */
export interface WebCryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/**
 * The cryptography that differs by platform. Two files implement it, and the package is built
 * once with each as `#crypto`; its `exports` map picks. `node.ts` answers synchronously on node:crypto
 * and so never queues behind password hashing; `web.ts` is portable, on WebCrypto. Each operation is an
 * export of its own: a bundle holds those that its verifiers need.
 */
export interface CryptoPort {
  importSecret(secret: Uint8Array, algorithm: HmacAlgorithm): MaybePromise<KeyHandle>
  importJwk(jwk: PublicJwk, algorithm: PublicKeyAlgorithm): MaybePromise<KeyHandle>
  /** A WebCrypto public key that the app already holds and that cannot be exported. */
  importCryptoKey(key: CryptoKey): KeyHandle
  /** What an extractable WebCrypto public key is made of. */
  cryptoKeyToJwk(key: CryptoKey): MaybePromise<PublicJwk>
  /** A public key in DER (SPKI), for one of the algorithms. Throws or rejects on anything else. */
  spkiToJwk(spki: Uint8Array, algorithms: readonly PublicKeyAlgorithm[]): MaybePromise<PublicJwk>
  /** Judges the signature of `input`, which is UTF-8 text; what it says is not looked at. */
  verify(input: string, signature: Uint8Array, algorithm: SignatureAlgorithm, key: KeyHandle): MaybePromise<boolean>
  hmac(hash: 'SHA-1' | 'SHA-256' | 'SHA-512', key: Uint8Array, message: Uint8Array | string): MaybePromise<Uint8Array>
  /** AES-CBC with PKCS #7 padding; throws or rejects on bad padding. Check the MAC before. */
  aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
  aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): MaybePromise<Uint8Array>
  /** SHA-256 of text in UTF-8, as base64url without padding (43 characters). */
  sha256(text: string): MaybePromise<string>
  /** As `decodeBase64Url` of base64url.ts: one spelling, null for anything else. */
  decodeBase64Url(text: string): Uint8Array | null
}

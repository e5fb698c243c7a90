import type { MaybePromise } from '../async/maybe-promise.js'

/** Signature algorithms that a verifier may pin (RFC 7518 section 3.1, RFC 8037). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512'
export type PublicKeyAlgorithm =
  'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'
/** Algorithms for signing a JWT; each verifier allows a fixed list of them. */
export type SignatureAlgorithm = HmacAlgorithm | PublicKeyAlgorithm

/** A public JSON Web Key (RFC 7517), as published or exported. */
export interface PublicJwk {
  readonly kty?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  /**
   * Not in RFC 7517: in Microsoft Entra ID's shared key sets, the issuer (or issuer pattern) for which the key signs.
   */
  readonly issuer?: string
  readonly crv?: string
  readonly n?: string
  readonly e?: string
  readonly x?: string
  readonly y?: string
}

/** A private JSON Web Key (RFC 7517). */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
}

/** An imported key; opaque to everything except the platform file that created it. */
export type KeyHandle = { readonly [handle: string]: never } | object

/** The members of a WebCrypto key: not every TypeScript configuration has the global `CryptoKey`. */
export interface WebCryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/** The members of a `KeyObject` of node:crypto: not every project has Node's types. */
export interface NodeKeyObject {
  readonly type: string
  export(options: { readonly format: 'jwk' }): object
}

/** Format of a public key's bytes: RFC 5280 (SPKI and certificates), RFC 8017 (PKCS #1). */
export type PublicKeyEncoding = 'spki' | 'pkcs1' | 'x509'
/** Format of a private key's bytes: RFC 5958 (PKCS #8), RFC 8017 (PKCS #1), RFC 5915 (SEC 1). */
export type PrivateKeyEncoding = 'pkcs8' | 'pkcs1' | 'sec1'

/** Encryption of a JWE with a shared key (RFC 7518 sections 5.2.5 and 5.3). */
export type ContentEncryption = 'A256CBC-HS512' | 'A256GCM'

/** A compact JWE with `dir`, read strictly but not decrypted. */
export interface DirectJwe {
  readonly value: string
  readonly enc: ContentEncryption
  /** The first segment, which the tag covers. */
  readonly header: string
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

/**
 * Platform-dependent cryptography. Two files implement it, the package is built once with each as `#crypto`, and its
 * `exports` map selects one. `node.ts` uses node:crypto synchronously, so it never queues behind password hashing;
 * `web.ts` is portable and uses jose and WebCrypto. Each operation is a separate export, so a bundle contains only
 * those that its verifiers need.
 */
export interface CryptoPort {
  importSecret(secret: Uint8Array, algorithm: HmacAlgorithm): MaybePromise<KeyHandle>
  importJwk(jwk: PublicJwk, algorithm: PublicKeyAlgorithm): MaybePromise<KeyHandle>
  /** A WebCrypto public key that the app already holds and that cannot be exported. */
  importCryptoKey(key: CryptoKey): KeyHandle
  /** The JSON Web Key of an extractable WebCrypto public key. */
  cryptoKeyToJwk(key: CryptoKey): MaybePromise<PublicJwk>
  /**
   * Reads a public key in DER, in one of the encodings, for one of the algorithms. Throws or rejects on anything else.
   */
  publicKeyToJwk(
    der: Uint8Array,
    encodings: readonly PublicKeyEncoding[],
    algorithms: readonly PublicKeyAlgorithm[],
  ): MaybePromise<PublicJwk>
  /** Reads a private key in DER, in one of the encodings, for the algorithm. Throws or rejects on anything else. */
  privateKeyToJwk(
    der: Uint8Array,
    encodings: readonly PrivateKeyEncoding[],
    algorithm: PublicKeyAlgorithm,
  ): MaybePromise<PrivateJwk>
  /**
   * Verifies the signature of a compact JWS that was already read strictly. Does not check its content.
   *
   * @param signature The last segment, decoded.
   */
  verify(token: string, signature: Uint8Array, algorithm: SignatureAlgorithm, key: KeyHandle): MaybePromise<boolean>
  /**
   * @param key 64 bytes, 32 for `A256GCM`.
   * @returns null if the tag is wrong. Nothing is returned before the tag is verified.
   */
  decryptDirectJwe(jwe: DirectJwe, key: Uint8Array): MaybePromise<Uint8Array | null>
  hmacSha256(key: Uint8Array, message: string): MaybePromise<Uint8Array>
  /** Whether `mac` is the HMAC-SHA-256 of `message`, in constant time. */
  verifyHmacSha256(key: Uint8Array, message: string, mac: Uint8Array): MaybePromise<boolean>
  /** HKDF with SHA-256 (RFC 5869). */
  hkdfSha256(secret: Uint8Array, salt: string, info: string, bytes: number): MaybePromise<Uint8Array>
  /** PBKDF2 with HMAC-SHA-1 and one iteration, 32 bytes (RFC 8018 section 5.2), as in `Fe26.2` seals. */
  pbkdf2Sha1Once(password: Uint8Array, salt: string): MaybePromise<Uint8Array>
  /** AES-CBC with PKCS #7 padding; throws or rejects on bad padding. Check the MAC first. */
  aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
  aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): MaybePromise<Uint8Array>
  /** Compares in constant time. Lengths are not secret. */
  constantTimeEqual(a: Uint8Array, b: Uint8Array): MaybePromise<boolean>
  /** SHA-256 of text in UTF-8, as base64url without padding (43 characters). */
  sha256(text: string): MaybePromise<string>
  /** Accepts only the canonical spelling: no padding, no white space, unused bits zero. Null for anything else. */
  decodeBase64Url(text: string): Uint8Array | null
  /** Without padding. */
  encodeBase64Url(bytes: Uint8Array): string
}

import { optionError } from '../settings/options.js'
import { encodeBase64Url } from '../crypto/base64url.js'
import type { PublicJwk, PublicKeyAlgorithm, WebCryptoKey } from '../crypto/port.js'
import { isCryptoKey } from './import/import-crypto-key.js'
import { parametersOf } from '../crypto/webcrypto-parameters.js'

/** A private JSON Web Key (RFC 7517). */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
}

/** A signing key the app configures: PEM (PKCS #8), private JSON Web Key, or WebCrypto key. */
export type PrivateKeyInput = string | PrivateJwk | WebCryptoKey

export interface JwtSigner {
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>
  /** Imports the key; rejects, naming the option, when it fits the algorithm not. */
  ready(): Promise<void>
}

/**
 * Signs small JWTs of our own, such as client assertions. WebCrypto on every platform: unlike
 * verifying, this is no hot path, and it signs with keys that cannot be exported.
 *
 * @throws {AuthError} `configuration_invalid`: no private key. The key is never repeated.
 */
export function createJwtSigner(
  input: PrivateKeyInput,
  algorithm: PublicKeyAlgorithm,
  keyId: string | null,
  path: string,
): JwtSigner {
  const problem = inputProblem(input)
  if (problem !== null) throw optionError(path, problem)
  let imported: Promise<CryptoKey> | null = null
  // Not at construction: Workers allow no asynchronous work at module scope.
  const key = () => (imported ??= importKey(input, algorithm, path))
  const header = segment({ alg: algorithm, typ: 'JWT', ...(keyId === null ? {} : { kid: keyId }) })
  return {
    async sign(claims) {
      const signed = `${header}.${segment(claims)}`
      const { subtle } = globalThis.crypto
      const signature = await subtle.sign(parametersOf(algorithm), await key(), new TextEncoder().encode(signed))
      return `${signed}.${encodeBase64Url(new Uint8Array(signature))}`
    },
    ready: async () => void (await key()),
  }
}

function inputProblem(input: PrivateKeyInput): string | null {
  if (typeof input === 'string')
    return input.includes('-----BEGIN PRIVATE KEY-----') ? null : 'is no PEM private key (PKCS #8, BEGIN PRIVATE KEY)'
  if (isCryptoKey(input))
    return input.type === 'private' && input.usages.includes('sign') ? null : 'is no private key for signing'
  return typeof (input as PrivateJwk).d === 'string' ? null : 'is no private JSON Web Key'
}

async function importKey(input: PrivateKeyInput, algorithm: PublicKeyAlgorithm, path: string): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto
  const parameters = parametersOf(algorithm)
  try {
    if (typeof input === 'string') return await subtle.importKey('pkcs8', derOf(input), parameters, false, ['sign'])
    if (!isCryptoKey(input))
      return await subtle.importKey('jwk', materialOf(input as PrivateJwk), parameters, false, ['sign'])
  } catch {
    throw optionError(path, `does not fit the algorithm ${algorithm}`)
  }
  if (input.algorithm.name !== parameters.name) throw optionError(path, `does not fit the algorithm ${algorithm}`)
  return input
}

/** Without `use`, `alg` and `key_ops`, over which platforms differ. */
function materialOf({ kty, crv, n, e, x, y, d, p, q, dp, dq, qi }: PrivateJwk): JsonWebKey {
  return JSON.parse(JSON.stringify({ kty, crv, n, e, x, y, d, p, q, dp, dq, qi })) as JsonWebKey
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = pem.replace(/-----(?:BEGIN|END) PRIVATE KEY-----|\s/g, '')
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

function segment(value: object): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)))
}

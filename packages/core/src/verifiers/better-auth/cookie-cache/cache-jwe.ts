import * as crypto from '#crypto'
import { constantTimeEqual } from '../../../crypto/base64url.js'
import { decodeJson } from '../../../crypto/json.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import { own } from '../../../route/jwt.js'
import type { GenuineCache } from './cookie-cache.js'
import { objectOf } from '../sessions/read-session.js'

const SALT = 'better-auth-session'
const INFO = 'BetterAuth.js Generated Encryption Key'
const KEY_BYTES = 32

/** Reads an encrypted cache; keys are derived from the secrets once. */
export type ReadJweCache = (value: string) => Promise<GenuineCache | null>

/**
 * Strategy `jwe`: compact JWE, `dir` and A256CBC-HS512, with a key derived from the secret. The MAC
 * is judged before anything is decrypted.
 *
 * @see RFC 7516 section 5.2, RFC 7518 section 5.2.2
 */
export function jweCacheReader(secrets: SecretList): ReadJweCache {
  const keys: Promise<Uint8Array>[] = []
  return async (value) => {
    const [header = '', wrapped, ...rest] = value.split('.')
    const parts = rest.map(crypto.decodeBase64Url)
    const [iv, ciphertext, tag] = parts
    if (parts.length !== 3 || wrapped !== '' || !iv || !ciphertext || !tag || !isExpected(header)) return null
    if (iv.length !== 16 || tag.length !== KEY_BYTES || ciphertext.length === 0 || ciphertext.length % 16 !== 0)
      return null
    const authenticated = macInput(header, iv, ciphertext)
    for (let secretIndex = 0; secretIndex < secrets.size; secretIndex++) {
      const key = await (keys[secretIndex] ??= deriveKey(secrets.at(secretIndex)))
      const mac = await crypto.hmac('SHA-512', key.subarray(0, KEY_BYTES), authenticated)
      if (!constantTimeEqual(mac.subarray(0, KEY_BYTES), tag)) continue
      return readClaims(await crypto.aesCbcDecrypt(key.slice(KEY_BYTES), iv, ciphertext), secretIndex)
    }
    return null
  }
}

function isExpected(header: string): boolean {
  const { alg, enc, ...more } = readJson(crypto.decodeBase64Url(header)) as { alg?: unknown; enc?: unknown }
  return alg === 'dir' && enc === 'A256CBC-HS512' && !Object.hasOwn(more, 'crit') && !Object.hasOwn(more, 'zip')
}

/** Header, IV, ciphertext and the header's length in bits, 64 bits wide. */
function macInput(header: string, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const aad = new TextEncoder().encode(header)
  const length = new DataView(new ArrayBuffer(8))
  length.setUint32(4, aad.length * 8)
  return join(aad, iv, ciphertext, new Uint8Array(length.buffer))
}

/** HKDF with SHA-256 to 64 bytes (RFC 5869): the first half for the MAC, the second to encrypt. */
async function deriveKey(secret: Uint8Array): Promise<Uint8Array> {
  const pseudoRandom = await crypto.hmac('SHA-256', new TextEncoder().encode(SALT), secret)
  const info = new TextEncoder().encode(INFO)
  const first = await crypto.hmac('SHA-256', pseudoRandom, join(info, Uint8Array.of(1)))
  const second = await crypto.hmac('SHA-256', pseudoRandom, join(first, info, Uint8Array.of(2)))
  return join(first, second)
}

function readClaims(plaintext: Uint8Array, secretIndex: number): GenuineCache | null {
  const payload = readJson(plaintext)
  const exp = own(payload, 'exp')
  return typeof exp === 'number' ? { payload, expiresAt: exp * 1000, secretIndex } : null
}

function readJson(bytes: Uint8Array | null): ReturnType<typeof objectOf> {
  try {
    return objectOf(bytes === null ? null : decodeJson(bytes))
  } catch {
    return {}
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

import * as crypto from '#crypto'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import { own } from '../../../settings/own.js'
import { jsonObjectIn, readDirectJwe } from '../../../verify/jwt/direct-jwe.js'
import type { GenuineCache } from './cookie-cache.js'

const SALT = 'better-auth-session'
const INFO = 'BetterAuth.js Generated Encryption Key'
const KEY_BYTES = 64

/** Reads an encrypted cache; keys are derived from the secrets once. */
export type ReadJweCache = (value: string) => Promise<GenuineCache | null>

/**
 * Strategy `jwe`: compact JWE, `dir` and A256CBC-HS512, with a key derived from the secret. It is read strictly before
 * it is decrypted: one cache, one spelling.
 *
 * @see RFC 7516 section 5.2, RFC 7518 section 5.2.2
 */
export function jweCacheReader(secrets: SecretList): ReadJweCache {
  const keys: Promise<Uint8Array>[] = []
  return async (value) => {
    const jwe = readDirectJwe(value, 'A256CBC-HS512')
    if (jwe === null) return null
    for (let secretIndex = 0; secretIndex < secrets.size; secretIndex++) {
      const key = await (keys[secretIndex] ??= deriveKey(secrets.at(secretIndex)))
      const plaintext = await crypto.decryptDirectJwe(jwe, key)
      if (plaintext !== null) return readClaims(plaintext, secretIndex)
    }
    return null
  }
}

async function deriveKey(secret: Uint8Array): Promise<Uint8Array> {
  return crypto.hkdfSha256(secret, SALT, INFO, KEY_BYTES)
}

function readClaims(plaintext: Uint8Array, secretIndex: number): GenuineCache | null {
  const payload = jsonObjectIn(plaintext)
  const exp = own(payload, 'exp')
  return typeof exp === 'number' ? { payload, expiresAt: exp * 1000, secretIndex } : null
}

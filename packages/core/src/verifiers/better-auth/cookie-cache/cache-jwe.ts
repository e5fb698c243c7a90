import * as crypto from '#crypto'
import { decodeJson } from '../../../crypto/json.js'
import type { DirectJwe } from '../../../crypto/port.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import { own } from '../../../settings/own.js'
import type { GenuineCache } from './cookie-cache.js'
import { objectOf } from '../../../verify/jwt/mapped-claims.js'

const SALT = 'better-auth-session'
const INFO = 'BetterAuth.js Generated Encryption Key'
const KEY_BYTES = 64
const TAG_BYTES = 32
const BLOCK_BYTES = 16

/** Reads an encrypted cache; keys are derived from the secrets once. */
export type ReadJweCache = (value: string) => Promise<GenuineCache | null>

/**
 * Strategy `jwe`: compact JWE, `dir` and A256CBC-HS512, with a key derived from the secret. It is
 * read strictly before it is opened: one cache, one spelling.
 *
 * @see RFC 7516 section 5.2, RFC 7518 section 5.2.2
 */
export function jweCacheReader(secrets: SecretList): ReadJweCache {
  const keys: Promise<Uint8Array>[] = []
  return async (value) => {
    const jwe = readDirectJwe(value)
    if (jwe === null) return null
    for (let secretIndex = 0; secretIndex < secrets.size; secretIndex++) {
      const key = await (keys[secretIndex] ??= deriveKey(secrets.at(secretIndex)))
      const plaintext = await crypto.decryptDirectJwe(jwe, key)
      if (plaintext !== null) return readClaims(plaintext, secretIndex)
    }
    return null
  }
}

/** Null where a segment has another spelling or size, or the header asks for something else. */
function readDirectJwe(value: string): DirectJwe | null {
  const [header = '', wrapped, ...rest] = value.split('.')
  const [iv, ciphertext, tag] = rest.map(crypto.decodeBase64Url)
  if (rest.length !== 3 || wrapped !== '' || !iv || !ciphertext || !tag || !isExpected(header)) return null
  if (iv.length !== BLOCK_BYTES || tag.length !== TAG_BYTES) return null
  return ciphertext.length === 0 || ciphertext.length % BLOCK_BYTES !== 0
    ? null
    : { value, header, iv, ciphertext, tag }
}

function isExpected(header: string): boolean {
  const { alg, enc, ...more } = readJson(crypto.decodeBase64Url(header)) as { alg?: unknown; enc?: unknown }
  return alg === 'dir' && enc === 'A256CBC-HS512' && !Object.hasOwn(more, 'crit') && !Object.hasOwn(more, 'zip')
}

async function deriveKey(secret: Uint8Array): Promise<Uint8Array> {
  return crypto.hkdfSha256(secret, SALT, INFO, KEY_BYTES)
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

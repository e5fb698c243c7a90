import * as crypto from '#crypto'
import { decodeJson } from '../../crypto/json.js'
import type { ContentEncryption, DirectJwe } from '../../crypto/port.js'
import type { JsonObject } from '../../route/jwt.js'
import { objectOf } from './mapped-claims.js'

const BLOCK_BYTES = 16
const SIZES: Readonly<Record<ContentEncryption, { readonly iv: number; readonly tag: number }>> = {
  'A256CBC-HS512': { iv: BLOCK_BYTES, tag: 32 },
  A256GCM: { iv: 12, tag: 16 },
}

/**
 * Reads a compact JWE with `dir` strictly: canonical base64url (one token, one spelling), no encrypted key, an IV and a
 * tag of the right size, no `crit` and no compression. Does not decrypt it.
 *
 * @returns null for anything else, including another `enc` than the expected one.
 * @see RFC 7516 section 5.2, RFC 7518 sections 5.2.5 and 5.3
 */
export function readDirectJwe(value: string, enc: ContentEncryption): DirectJwe | null {
  const [header = '', wrapped, ...rest] = value.split('.', 6)
  const [iv, ciphertext, tag] = rest.map(crypto.decodeBase64Url)
  if (rest.length !== 3 || wrapped !== '' || !iv || !ciphertext || !tag || !isExpected(header, enc)) return null
  const sizes = SIZES[enc]
  if (iv.length !== sizes.iv || tag.length !== sizes.tag || ciphertext.length === 0) return null
  if (enc === 'A256CBC-HS512' && ciphertext.length % BLOCK_BYTES !== 0) return null
  return { value, enc, header, iv, ciphertext, tag }
}

function isExpected(header: string, expected: ContentEncryption): boolean {
  const { alg, enc, ...more } = jsonObjectIn(crypto.decodeBase64Url(header)) as { alg?: unknown; enc?: unknown }
  return alg === 'dir' && enc === expected && !['crit', 'zip', 'b64'].some((name) => Object.hasOwn(more, name))
}

/** The JSON object in the bytes; an empty object for anything else. */
export function jsonObjectIn(bytes: Uint8Array | null): JsonObject {
  try {
    const object = objectOf(bytes === null ? null : decodeJson(bytes))
    // JSON.parse keeps an own `__proto__` member, which is a trap for code that copies the object.
    if (Object.hasOwn(object, '__proto__')) delete (object as Record<string, unknown>)['__proto__']
    return object
  } catch {
    return {}
  }
}

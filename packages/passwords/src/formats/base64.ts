import { malformed } from './stored-hash.js'

/**
 * Bytes of canonical base64; `=` may be left out. Node's own reading ignores what is no base64, so that many texts would be one hash.
 *
 * @param format For the message.
 * @throws {AuthError} `password_hash_malformed`
 */
export function base64Bytes(text: string, format: string): Buffer {
  const bare = text.replace(/={1,2}$/, '')
  const bytes = Buffer.from(bare, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== bare) throw malformed(format)
  // Padding is there as a whole, or not at all.
  if (bare !== text && text.length % 4 !== 0) throw malformed(format)
  return bytes
}

/** The alphabet of passlib, which has a dot for the plus, or the standard one. */
export function adaptedBase64Bytes(text: string, format: string): Buffer {
  return base64Bytes(text.replaceAll('.', '+'), format)
}

/** The alphabet for URLs, or the standard one: Firebase exports the one and documents the other. */
export function anyBase64Bytes(text: string, format: string): Buffer {
  return base64Bytes(text.replaceAll('-', '+').replaceAll('_', '/'), format)
}

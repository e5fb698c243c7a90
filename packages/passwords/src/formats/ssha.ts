import { createHash } from 'node:crypto'
import { base64Bytes } from './base64.js'
import { isSame, malformed, type ReadingContext, type StoredHash } from './stored-hash.js'

const FORM = /^\{S?SHA(256|384|512)?\}([A-Za-z0-9+/]+={0,2})$/i
const MAX_SALT = 64

/** `{SSHA}`, `{SSHA256}`, `{SSHA384}` and `{SSHA512}` of LDAP directories, and the same without a salt, `{SHA}`. @see RFC 2307 section 5.3 */
export function readSsha(hash: string, _context: ReadingContext): StoredHash | null {
  if (!/^\{S?SHA/i.test(hash)) return null
  const [, size = '1', encoded = ''] = FORM.exec(hash) ?? []
  if (encoded === '') throw malformed('ssha')
  const bytes = base64Bytes(encoded, 'ssha')
  const length = size === '1' ? 20 : Number(size) / 8
  const isSalted = hash[2]?.toUpperCase() === 'S'
  const [digest, salt] = [bytes.subarray(0, length), bytes.subarray(length)]
  const fits = isSalted ? salt.length >= 1 && salt.length <= MAX_SALT : salt.length === 0
  if (digest.length !== length || !fits) throw malformed('ssha')
  return {
    format: isSalted ? 'ssha' : 'sha',
    check: async (password) => isSame(createHash(`sha${size}`).update(password.bytes).update(salt).digest(), digest),
  }
}

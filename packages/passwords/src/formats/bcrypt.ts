import { createHash, createHmac } from 'node:crypto'
import type { Password } from './password.js'
import {
  assertCost,
  malformed,
  required,
  type PasswordFormat,
  type ReadingContext,
  type StoredHash,
} from './stored-hash.js'

/** What comes after it is ignored by bcrypt. */
const USED_BYTES = 72
const LOOKS = /^\$2[aby]\$/
const FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/

/**
 * `$2a$`, `$2b$` and `$2y$`. Only the first 72 bytes of a password count, as in the software that made the hash. A password with
 * a NUL is never right: software in C stops at it, so that only a part of the password would have been checked.
 */
export function readBcrypt(hash: string, context: ReadingContext): StoredHash | null {
  if (!LOOKS.test(hash)) return null
  return bcryptOf(hash, 'bcrypt', context, ({ text }) => text, USED_BYTES)
}

/** Of Django: `bcrypt$` before a hash of bcrypt, or `bcrypt_sha256$`, where the hex of SHA-256 is what was hashed. */
export function readDjangoBcrypt(hash: string, context: ReadingContext): StoredHash | null {
  if (hash.startsWith('bcrypt$$')) return bcryptOf(hash.slice(7), 'bcrypt', context, ({ text }) => text, USED_BYTES)
  if (!hash.startsWith('bcrypt_sha256$$')) return null
  const hex = ({ bytes }: Password): string => createHash('sha256').update(bytes).digest('hex')
  return bcryptOf(hash.slice(14), 'django-bcrypt-sha256', context, hex)
}

/** Of WordPress 6.8 and later: `$wp$2y$`, where a keyed SHA-384 of the trimmed password is what was hashed. */
export function readWordpressBcrypt(hash: string, context: ReadingContext): StoredHash | null {
  if (!hash.startsWith('$wp$')) return null
  const keyed = ({ text }: Password): string =>
    createHmac('sha384', 'wp-sha384').update(text.replace(TRIMMED, ''), 'utf8').digest('base64')
  return bcryptOf(hash.slice(3), 'wordpress-bcrypt', context, keyed)
}

/** What PHP's `trim` takes away. */
// eslint-disable-next-line no-control-regex
const TRIMMED = /^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g

function bcryptOf(
  hash: string,
  format: PasswordFormat,
  { bcrypt, limits }: ReadingContext,
  hashed: (password: Password) => string,
  usedBytes?: number,
): StoredHash {
  const [, cost] = FORM.exec(hash) ?? []
  if (cost === undefined || Number(cost) < 4 || Number(cost) > 31) throw malformed(format)
  assertCost(format, [[Number(cost), 'bcryptCost']], limits)
  const library = required(bcrypt, 'bcrypt', format)
  return {
    format,
    ...(usedBytes !== undefined && { usedBytes }),
    async check(password) {
      const text = hashed(password)
      // Compared nevertheless, so that it takes as long.
      const isRight = await library.compare(text.replaceAll('\0', ' '), hash)
      return isRight && !text.includes('\0')
    },
  }
}

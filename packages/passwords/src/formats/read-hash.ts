import { AuthError } from '@dualauth/core'
import { readArgon2 } from './argon2.js'
import { readBcrypt, readDjangoBcrypt, readWordpressBcrypt } from './bcrypt.js'
import { readFirebase } from './firebase.js'
import { readAspnet, readPbkdf2 } from './pbkdf2.js'
import { readPhpass } from './phpass.js'
import { readBetterAuth, readScrypt } from './scrypt.js'
import { readSsha } from './ssha.js'
import type { ReadFormat, ReadingContext, StoredHash } from './stored-hash.js'

/** ASP.NET's comes last: it has no prefix. */
const FORMATS: readonly ReadFormat[] = [
  readBcrypt,
  readArgon2,
  readBetterAuth,
  readScrypt,
  readPbkdf2,
  readDjangoBcrypt,
  readWordpressBcrypt,
  readFirebase,
  readSsha,
  readPhpass,
  readDisabled,
  readAspnet,
]

/** Nothing that is stored as a password is longer. */
const MAX_LENGTH = 2048

/**
 * Says of which format a hash is, and prepares its check. No work is done yet.
 *
 * @param stored As the other system stored it; trusted to be no more than a text.
 * @throws {AuthError} `password_format_unknown`, also where the format needs a library that was not given;
 *   `password_hash_malformed`, `password_cost_refused`.
 */
export function readHash(stored: string, context: ReadingContext): StoredHash {
  // Directories prefix what crypt(3) made.
  const hash = stored.replace(/^\{CRYPT\}/i, '')
  if (hash.length <= MAX_LENGTH)
    for (const read of FORMATS) {
      const found = read(hash, context)
      if (found !== null) return found
    }
  throw new AuthError('password_format_unknown', { message: 'a stored password is of no known format' })
}

/** What says that there is no password: `!…` of Django and of shadow files, the marks that begin with `*`, an empty column. Not MySQL's `*2470C0…`. */
const DISABLED = /^(?:!.*|\*(?:[01]|LK\*?|NP\*?)?|)$/s

function readDisabled(hash: string): StoredHash | null {
  return DISABLED.test(hash) ? { format: 'disabled', check: async () => false } : null
}

import type { Passwords } from '../create-passwords.js'
import { asApiError } from './plugin.js'

/** The value for Better Auth's `emailAndPassword.password`. */
export interface BetterAuthPassword {
  hash(password: string): Promise<string>
  verify(input: { readonly hash: string; readonly password: string }): Promise<boolean>
}

/**
 * Lets people sign in at Better Auth with the hash that the old system stored, of whichever format; Better Auth alone answers them with
 * 500. New hashes are of the option `target`. A hash that cannot be judged, and too many checks at once, are 503, never a wrong
 * password; their `code` is that of `verifyPassword`.
 *
 * @example
 * betterAuth({ emailAndPassword: { enabled: true, password: betterAuthPassword(passwords) } })
 */
export function betterAuthPassword(passwords: Passwords): BetterAuthPassword {
  return {
    async hash(password) {
      return answered(passwords.hashPassword(password))
    },
    async verify({ hash, password }) {
      return (await answered(passwords.verifyPassword(hash, password))).ok
    },
  }
}

async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw asApiError(cause)
  }
}

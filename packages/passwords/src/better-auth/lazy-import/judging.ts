import type { Passwords } from '../../create-passwords.js'
import { asApiError, type PasswordPlugin } from '../plugin.js'

interface Judge {
  verify(input: { readonly hash: string; readonly password: string }): Promise<boolean>
}

/** Lets Better Auth judge the hashes that are kept or made here and are none of its own, whatever else it takes. */
export function judging(passwords: Passwords): NonNullable<PasswordPlugin['init']> {
  return ({ password }: { readonly password: Judge }) => ({
    context: {
      password: {
        ...password,
        async verify(input: Parameters<Judge['verify']>[0]): Promise<boolean> {
          if (!isForeign(passwords, input.hash)) return password.verify(input)
          try {
            return (await passwords.verifyPassword(input.hash, input.password)).ok
          } catch (cause) {
            throw asApiError(cause)
          }
        },
      },
    },
  })
}

/** What cannot be read here may be a format of the application's. */
function isForeign(passwords: Passwords, hash: string): boolean {
  try {
    const { format } = passwords.describeHash(hash)
    return format !== 'better-auth' && format !== 'disabled'
  } catch {
    return false
  }
}

import type { Passwords } from '../../create-passwords.js'
import { asApiError, type PasswordPlugin } from '../plugin.js'

interface Judge {
  verify(input: { readonly hash: string; readonly password: string }): Promise<boolean>
}

/** Lets Better Auth judge the hashes of bcrypt that were kept, whatever else it takes. */
export function judging(passwords: Passwords): NonNullable<PasswordPlugin['init']> {
  return ({ password }: { readonly password: Judge }) => ({
    context: {
      password: {
        ...password,
        async verify(input: Parameters<Judge['verify']>[0]): Promise<boolean> {
          if (!isBcrypt(input.hash)) return password.verify(input)
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

/** With the prefixes that it may have. */
function isBcrypt(hash: unknown): boolean {
  return typeof hash === 'string' && /^(?:\{CRYPT\})?(?:bcrypt\$)?\$2[aby]\$/i.test(hash)
}

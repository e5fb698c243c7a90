import { isAuthError } from '@dualauth/core'
import type { PasswordHash } from '../../ports/rows.js'

/** Tells the format of a hash: `createPasswords` of `@dualauth/passwords`. */
export interface PasswordJudge {
  /** @throws {AuthError} If it cannot judge the hash. */
  readonly describeHash: (hash: string) => { readonly format: string }
}

/** Whether anybody could sign in with it. */
export function takesPassword(passwords: readonly string[] | PasswordJudge, { hash, format }: PasswordHash): boolean {
  if ('describeHash' in passwords) return describes(passwords, hash)
  return format !== null && passwords.includes(format)
}

function describes(judge: PasswordJudge, hash: string): boolean {
  try {
    // A mark of the old side that there is no password.
    return judge.describeHash(hash).format !== 'disabled'
  } catch (error) {
    if (isAuthError(error)) return false
    throw error
  }
}

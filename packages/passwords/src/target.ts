import { randomBytes } from 'node:crypto'
import { betterAuthKey } from './formats/scrypt.js'
import { required, type StoredHash } from './formats/stored-hash.js'
import type { PasswordsSettings } from './options.js'

/** Whether a hash is no weaker than what would be made now. */
export function meetsTarget({ format, argon2 }: StoredHash, { target }: PasswordsSettings): boolean {
  if (format !== target.format) return false
  if (target.format === 'better-auth' || argon2 === undefined) return true
  return argon2.memoryKiB >= target.memoryKiB && argon2.passes >= target.passes
}

export async function hashTo(password: string, { target, argon2 }: PasswordsSettings): Promise<string> {
  if (target.format === 'argon2id') {
    const { memoryKiB, passes, parallelism } = target
    return required(argon2, 'argon2', 'argon2id').hash(password, {
      memoryCost: memoryKiB,
      timeCost: passes,
      parallelism,
    })
  }
  const salt = randomBytes(16).toString('hex')
  return `${salt}:${(await betterAuthKey(password, salt)).toString('hex')}`
}

/** A hash of nothing, which costs as much to check as one of the target. */
export function dummyOf({ target }: PasswordsSettings): string {
  if (target.format === 'better-auth') return `${randomBytes(16).toString('hex')}:${randomBytes(64).toString('hex')}`
  const bare = (length: number): string => randomBytes(length).toString('base64').replace(/=+$/, '')
  const { memoryKiB, passes, parallelism } = target
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${bare(16)}$${bare(32)}`
}

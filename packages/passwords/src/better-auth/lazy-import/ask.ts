import { AuthError } from '@dualauth/core'
import type { LegacyPerson, Settings } from './options.js'

/** Asks the old side. @throws {AuthError} `account_unavailable` */
export async function ask({ find, timeoutMs }: Settings, email: string): Promise<LegacyPerson | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the old side did not answer in time')), timeoutMs)
  })
  try {
    const person = await Promise.race([Promise.resolve(email).then(find), late])
    return person ?? null
  } catch (cause) {
    throw new AuthError('account_unavailable', { cause })
  } finally {
    clearTimeout(timer)
  }
}

const MAX_ADDRESS = 320

/** An address as Better Auth looks it up; null: it is none, and Better Auth says so. @param email Untrusted. */
export function addressOf(email: unknown): string | null {
  const isOne = typeof email === 'string' && email.length <= MAX_ADDRESS && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(email)
  return isOne ? email.toLowerCase() : null
}

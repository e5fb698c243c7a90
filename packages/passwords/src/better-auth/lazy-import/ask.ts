import { AuthError } from '@dualauth/core'
import { hasUuids } from '../account-id.js'
import type { HookContext } from '../plugin.js'
import type { LegacyPerson, Settings } from './options.js'

/**
 * Asks the old side.
 *
 * @throws {AuthError} `account_unavailable`: also where what it gives is no person.
 */
export async function ask(
  { find, timeoutMs }: Settings,
  { context: { options } }: HookContext,
  email: string,
): Promise<LegacyPerson | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the old side did not answer in time')), timeoutMs)
  })
  try {
    const person = await Promise.race([Promise.resolve(email).then(find), late])
    return person == null ? null : judged(person, hasUuids(options))
  } catch (cause) {
    throw new AuthError('account_unavailable', { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** A driver may give a number where a text was meant, and a file a uuid in capital letters. */
function judged(person: LegacyPerson, areUuids: boolean): LegacyPerson {
  const { id } = person as { readonly id?: unknown }
  if (id === undefined) return person
  if (typeof id !== 'string' || id === '' || id.includes('\0') || !id.isWellFormed())
    throw new Error('lazyImport.find gave an id that is no text')
  return areUuids ? { ...person, id: id.toLowerCase() } : person
}

const MAX_ADDRESS = 320

/**
 * An address as Better Auth looks it up; null: it is none, and Better Auth says so.
 *
 * @param email Untrusted.
 */
export function addressOf(email: unknown): string | null {
  const isOne = typeof email === 'string' && email.length <= MAX_ADDRESS && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(email)
  return isOne ? email.toLowerCase() : null
}

import { AuthError } from '@dualauth/core'
import { within } from '@dualauth/core/adapter'

const LONGEST_MS = 5_000

/**
 * What a function of the application or a store answers, within five seconds. What it throws passes through.
 *
 * @throws {AuthError} The code: it did not answer in time.
 */
export async function inTime<T>(
  code: 'account_unavailable' | 'store_unavailable',
  ask: () => T | Promise<T>,
): Promise<T> {
  const asked = (async () => ({ value: await ask() }))()
  const answer = await within(asked, LONGEST_MS)
  if (answer === null) throw new AuthError(code, { cause: new Error('no answer in time') })
  return answer.value
}

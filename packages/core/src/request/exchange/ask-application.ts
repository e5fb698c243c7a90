import { bounded } from '../../async/bounded.js'
import { AuthError, isAuthError } from '../../errors/auth-error.js'
import type { OldSession } from './old-session.js'
import { signInRequired } from './refusals.js'

/** What the application also decides: a rate limit, and whether the person must prove more. */
export async function askApplication({ rules, migration, principal }: OldSession): Promise<void> {
  try {
    const { rateLimit, stepUp, timeoutMs } = rules
    const seconds = rateLimit === null ? 0 : ((await bounded(() => rateLimit(principal), timeoutMs)) ?? 0)
    if (seconds > 0) throw new AuthError('rate_limited', { retryAfterSeconds: seconds })
    if (stepUp !== null && (await bounded(() => stepUp(principal), timeoutMs)) === true)
      throw await signInRequired(migration, null, 'step_up')
  } catch (cause) {
    throw isAuthError(cause) ? cause : new AuthError('account_unavailable', { cause })
  }
}

import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { CacheKey } from '../cache/cache-key.js'
import type { Credential } from '../extract/credential.js'
import type { HeaderView } from '../http/request.js'
import type { Failure, Throttle } from '../throttle/throttle.js'
import type { Candidate, Unresolved } from './resolution.js'

/**
 * Looks a credential up unless too many that came from where it comes from were not genuine. In front of every look-up and
 * every verification, and behind what is remembered: good callers pass while somebody beside them floods the API.
 */
export function unlessThrottled(
  throttle: Throttle,
  view: HeaderView,
  credential: Credential,
  key: CacheKey,
  lookUp: () => MaybePromise<Candidate | Unresolved | null>,
): MaybePromise<Candidate | Unresolved | null> {
  const retryAfterSeconds = throttle.waitOf(view, key)
  if (retryAfterSeconds !== null) {
    const { carrier } = credential
    return { ok: false, code: 'rate_limited', reason: 'throttled', verifier: null, carrier, retryAfterSeconds }
  }
  return andThen(lookUp(), (found) => {
    const failure = found === null || found.ok ? null : failureOf(found)
    if (failure !== null) throttle.failed(view, key, failure)
    return found
  })
}

/** What is said of a token only after its signature. */
const OF_GENUINE: readonly Unresolved['reason'][] = [
  'issuer',
  'audience',
  'purpose',
  'claims',
  'schema',
  'bound_to_key',
  'not_yet_valid',
  'impersonated',
  'acceptance_ended',
  'management_key',
]

/** Null: a token that has expired, an account that may not come in and an outage say nothing against their caller. */
function failureOf({ code, reason }: Unresolved): Failure | null {
  if (code === 'credential_invalid') return OF_GENUINE.includes(reason) ? 'misplaced' : 'forged'
  return reason === 'session_unknown' ? 'over' : null
}

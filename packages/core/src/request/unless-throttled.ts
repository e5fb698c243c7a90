import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { CacheKey } from '../cache/cache-key.js'
import type { Credential } from '../extract/credential.js'
import type { HeaderView } from '../http/request.js'
import type { Failure, Throttle } from '../throttle/throttle.js'
import type { Candidate, Unresolved } from './resolution.js'

/**
 * Looks up a credential unless too many from the same address were not genuine. Comes before every look-up and
 * verification, but after what is remembered, so valid callers pass while somebody with the same address floods the
 * API.
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

/** Reasons given only after a token's signature was verified. */
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

/** Null: an expired token, a refused account or an outage does not count against the caller. */
function failureOf({ code, reason }: Unresolved): Failure | null {
  if (code === 'credential_invalid') return OF_GENUINE.includes(reason) ? 'misplaced' : 'forged'
  return reason === 'session_unknown' ? 'over' : null
}

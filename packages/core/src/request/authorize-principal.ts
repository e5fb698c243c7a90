import { authorize, type Denial } from '../access/authorize.js'
import type { Requirement } from '../access/requirement.js'
import { isPending, type MaybePromise } from '../async/maybe-promise.js'
import { refusal, type AuthError } from '../errors/auth-error.js'
import type { Principal } from '../identity/principal.js'
import type { Line } from './line.js'
import { presentedIn } from './report.js'
import type { Resolved } from './resolution.js'

/**
 * May a principal of this instance do this? Null if it may.
 * @param resolved The resolution of the current request; null if there is none.
 */
export function authorizePrincipal(
  line: Line,
  principal: Principal,
  requirement: Requirement,
  native: unknown,
  resolved: Resolved | null = null,
): MaybePromise<AuthError | null> {
  if (!line.principals.has(principal)) return refusal('permission_denied')
  return authorizeOwn(line, principal, requirement, native, resolved)
}

/** The same without the look-up, for a principal known to be this instance's, as on nearly every request. */
export function authorizeOwn(
  line: Line,
  principal: Principal,
  requirement: Requirement,
  native: unknown,
  resolved: Resolved | null = null,
): MaybePromise<AuthError | null> {
  const denial = authorize(principal, requirement, native, line.roles)
  if (line.shadow !== null && !isPending(denial)) line.shadow.judged(line, principal, requirement, denial === null)
  return isPending(denial)
    ? denial.then((late) => errorOf(line, principal, late, resolved))
    : errorOf(line, principal, denial, resolved)
}

function errorOf(
  { report }: Line,
  principal: Principal,
  denial: Denial | null,
  resolved: Resolved | null,
): AuthError | null {
  if (denial === null) return null
  report.denied(denial.code, principal)
  return refusal(denial.code, {
    required: denial.required ?? undefined,
    presentedIn: resolved === null ? null : presentedIn(resolved),
  })
}

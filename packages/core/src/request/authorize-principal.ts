import { authorize } from '../access/authorize.js'
import type { Requirement } from '../access/requirement.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import { refusal, type AuthError } from '../errors/auth-error.js'
import type { Principal } from '../identity/principal.js'
import type { Line } from './line.js'

/** May a principal of this instance do this? Null when it may. */
export function authorizePrincipal(
  { principals, roles, report }: Line,
  principal: Principal,
  requirement: Requirement,
  native: unknown,
): MaybePromise<AuthError | null> {
  if (!principals.has(principal)) return refusal('permission_denied')
  return andThen(authorize(principal, requirement, native, roles), (denial) => {
    if (denial === null) return null
    report.denied(denial.code, principal)
    return refusal(denial.code, { required: denial.required ?? undefined })
  })
}

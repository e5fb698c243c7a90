import { isPending, type MaybePromise } from '../async/maybe-promise.js'
import type { CarrierKind } from '../events/events.js'
import type { Bearing } from '../migration/admission.js'
import type { PolicyRefusal, Steering } from '../migration/steering.js'
import { refusalOf } from '../migration/steering.js'
import type { Line } from './line.js'
import type { Resolution, Resolved, Unresolved } from './resolution.js'

/**
 * Does the policy accept this credential now, for the organization that the request acts for? Checked on every request,
 * even for remembered answers, so a changed policy applies to the next request.
 */
export function steer(line: Line, steering: Steering, resolution: Resolution): MaybePromise<Resolution> {
  if (!resolution.ok) return resolution
  const { principal } = resolution
  const parts = steering.partsOf(principal.verifier)
  if (parts === undefined) return resolution
  const refusal = refusalOf(parts, principal, line.now())
  return isPending(refusal) ? refusal.then((late) => refusedOrNot(resolution, late)) : refusedOrNot(resolution, refusal)
}

function refusedOrNot(resolved: Resolved, refusal: PolicyRefusal | null): Resolution {
  if (refusal === null) return resolved
  const { principal, carrier, cookies } = resolved
  return { ...refused(refusal, principal.verifier, carrier), cookies, steered: { refusal, principal } }
}

/**
 * For a credential without an account here: if the stage refuses its side, that is the answer, because nobody should be
 * linked on a side that has ended.
 */
export function steerUnlinked(line: Line, steering: Steering, unresolved: Unresolved): MaybePromise<Resolution> {
  const { code, verifier, carrier } = unresolved
  if (code !== 'identity_unlinked' || verifier === null || carrier === null) return unresolved
  const parts = steering.partsOf(verifier)
  if (parts === undefined) return unresolved
  const refusal = refusalOf(parts, NOBODY, line.now())
  const decided = (late: PolicyRefusal | null): Unresolved => {
    if (late?.reason !== 'retired' && late?.reason !== 'not_yet') return unresolved
    return {
      ...refused(late, verifier, carrier),
      cookies: unresolved.cookies,
      steered: { refusal: late, principal: null },
    }
  }
  return isPending(refusal) ? refusal.then(decided) : decided(refusal)
}

/** Acts for no organization. */
const NOBODY: Bearing = /* @__PURE__ */ Object.freeze({ organization: null, issuedAt: null })

/** The answer to a credential that a policy refuses. */
export function refused({ reason, side }: PolicyRefusal, verifier: string, carrier: CarrierKind): Unresolved {
  if (reason === 'unknown') return { ok: false, code: 'policy_unavailable', reason: null, verifier, carrier }
  return { ok: false, code: side === 'old' ? 'legacy_retired' : 'credential_not_accepted', reason, verifier, carrier }
}

import { allOf } from '../async/at-hand.js'
import { andThen, isPending, type MaybePromise } from '../async/maybe-promise.js'
import type { CarrierKind } from '../events/events.js'
import type { Bearing } from '../migration/admission.js'
import type { PolicyRefusal, Steering } from '../migration/steering.js'
import { refusalOf, refusalUnverified, unanimous } from '../migration/steering.js'
import type { Verifier } from '../route/verifier.js'
import type { Line } from './line.js'
import type { Resolution, Resolved, Unresolved } from './resolution.js'

/**
 * Does the policy accept this credential now, for the organization that the request acts for? Asked on every request, also
 * on remembered answers: a policy that changes holds for the next one.
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
 * A credential without an account here: where the stage refuses its side, that is the answer. Nobody should be linked on a side
 * that has ended.
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

/** What every owner's policy refuses by its shape is not verified, and no key of it is loaded. Null: verify it. */
export function refuseUnverified(
  { verifiers }: Line,
  steering: Steering,
  owners: readonly number[],
  carrier: CarrierKind,
): MaybePromise<Unresolved | null> {
  const names = owners.map((owner) => (verifiers[owner] as Verifier).name)
  const parts = names.map((name) => steering.partsOf(name))
  // One of a chain that takes part in no migration may own it.
  if (!parts.every((each) => each !== undefined)) return null
  const verifier = names[0] as string
  const refusal = andThen(allOf(parts.map(refusalUnverified)), unanimous)
  return isPending(refusal)
    ? refusal.then((late) => unverified(late, verifier, carrier))
    : unverified(refusal, verifier, carrier)
}

/** Whether the policies leave anything for a verifier to judge: what is refused by its shape needs no keys. */
export async function isAsked({ verifiers, steering }: Line, place: number): Promise<boolean> {
  const parts = steering?.partsOf((verifiers[place] as Verifier).name)
  if (parts === undefined) return true
  const refusal = await refusalUnverified(parts)
  return refusal === null || refusal.reason === 'unknown'
}

function unverified(refusal: PolicyRefusal | null, verifier: string, carrier: CarrierKind): Unresolved | null {
  return refusal === null ? null : { ...refused(refusal, verifier, carrier), steered: { refusal, principal: null } }
}

function refused({ reason, side }: PolicyRefusal, verifier: string, carrier: CarrierKind): Unresolved {
  if (reason === 'unknown') return { ok: false, code: 'policy_unavailable', reason: null, verifier, carrier }
  return { ok: false, code: side === 'old' ? 'legacy_retired' : 'credential_not_accepted', reason, verifier, carrier }
}

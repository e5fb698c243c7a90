import { refusal, type AuthError, type PresentedIn } from '../errors/auth-error.js'
import { isOutage, type ErrorCode } from '../errors/error-table.js'
import type { CarrierKind, Emit } from '../events/events.js'
import type { Principal } from '../identity/principal.js'
import { noticeOf } from '../migration/notice.js'
import { decidingPolicy, refusingPolicy, type Steering } from '../migration/steering.js'
import type { Resolution, Unresolved } from './resolution.js'

type VerifiedOutcome = 'accepted' | 'rejected' | 'unavailable'

/** Reports decisions to the operator; the only place that creates events of the request path. */
export interface Reporter {
  /** The start time for the duration in `resolved`. */
  start(): number
  /** A remembered verification was used. */
  remembered(verifier: string, carrier: CarrierKind): void
  /** A verifier judged. */
  verified(verifier: string, carrier: CarrierKind, outcome: VerifiedOutcome, startedAt: number): void
  /** A verifier could not tell, but did not decide. */
  passedOver(outage: Unresolved): void
  resolved(resolution: Resolution, startedAt: number): void
  refused(unresolved: Unresolved): AuthError
  ignored(unresolved: Unresolved): void
  denied(code: ErrorCode, principal: Principal): void
}

/** @param emit Null: nobody listens, so nothing is measured. */
export function createReporter(emit: Emit | null, steering: Steering | null = null): Reporter {
  if (emit === null) return SILENT
  const durations = new WeakMap<Unresolved, number>()
  const unavailable = ({ code, cause, verifier }: Unresolved): void => {
    // The policy holder reports its own outages.
    if (!isOutage(code) || code === 'policy_unavailable') return
    emit({ type: 'unavailable', source: code === 'account_unavailable' ? 'link' : (verifier ?? 'verifier'), cause })
  }
  return {
    start: () => performance.now(),
    remembered: (verifier, carrier) => emit({ type: 'remembered', verifier, carrier }),
    verified: (verifier, carrier, outcome, startedAt) =>
      emit({ type: 'verified', durationMs: performance.now() - startedAt, verifier, carrier, outcome }),
    passedOver: unavailable,
    resolved(resolution, startedAt) {
      const durationMs = performance.now() - startedAt
      if (!resolution.ok) {
        durations.set(resolution, durationMs)
        unavailable(resolution)
        return
      }
      const { principal, carrier } = resolution
      emit({
        type: 'authenticated',
        durationMs,
        verifier: principal.verifier,
        carrier,
        principalId: principal.id,
        organization: principal.organization,
        policy: decidingPolicy(steering?.partsOf(principal.verifier), principal.organization),
      })
    },
    refused(unresolved) {
      const { code, reason, claim = null, verifier, verifiers, carrier, steered } = unresolved
      const durationMs = durations.get(unresolved) ?? 0
      const more = { ...(verifiers && { verifiers }), ...saidByLink(unresolved) }
      const policy =
        steered === undefined ? null : refusingPolicy(steered.refusal, steered.principal?.organization ?? null)
      emit({ type: 'refused', durationMs, code, reason, claim, verifier, carrier, policy, ...more })
      return refusalOf(unresolved)
    },
    ignored(unresolved) {
      const { code, verifier, carrier } = unresolved
      unavailable(unresolved)
      emit({ type: 'ignored', code, verifier, carrier, ...saidByLink(unresolved) })
    },
    denied: (code, { verifier, id, organization }) =>
      emit({ type: 'denied', code, verifier, principalId: id, organization }),
  }
}

const SILENT: Reporter = /* @__PURE__ */ Object.freeze({
  start: () => 0,
  remembered() {},
  verified() {},
  passedOver() {},
  resolved() {},
  refused: refusalOf,
  ignored() {},
  denied() {},
})

function refusalOf(unresolved: Unresolved): AuthError {
  const { code, cause, retryAfterSeconds, identity, linkReason: reason, steered } = unresolved
  const notice = steered === undefined ? unresolved.notice : noticeOf(steered.refusal)
  return refusal(code, { cause, retryAfterSeconds, identity, reason, notice, presentedIn: presentedIn(unresolved) })
}

/** The reason and cause of a refusal by `link`. The cause of an outage has its own event. */
function saidByLink({ code, linkReason, cause }: Unresolved): {
  readonly linkReason?: string
  readonly cause?: unknown
} {
  const isOutage = code === 'verifier_unavailable' || code === 'account_unavailable'
  return {
    ...(linkReason !== undefined && { linkReason }),
    ...(cause !== undefined && !isOutage && { cause }),
  }
}

/** Where the credential of a request travelled, and nothing else about it. */
export function presentedIn({ carrier, name }: Pick<Unresolved, 'carrier' | 'name'>): PresentedIn | null {
  return carrier === null || name === undefined ? null : { carrier, name }
}

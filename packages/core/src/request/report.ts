import { refusal, type AuthError } from '../errors/auth-error.js'
import type { ErrorCode } from '../errors/error-table.js'
import type { Emit } from '../events/events.js'
import type { Principal } from '../identity/principal.js'
import type { Resolution, Unresolved } from './resolution.js'

/** Tells the operator what was decided; the only place that words events of the request path. */
export interface Reporter {
  /** The moment from which `resolved` counts. */
  start(): number
  resolved(resolution: Resolution, startedAt: number): void
  refused(unresolved: Unresolved): AuthError
  ignored(unresolved: Unresolved): void
  denied(code: ErrorCode, principal: Principal): void
}

/** @param emit Null: nobody listens, and nothing is measured or worded. */
export function createReporter(emit: Emit | null): Reporter {
  if (emit === null) return { start: () => 0, resolved() {}, refused: refusalOf, ignored() {}, denied() {} }
  const durations = new WeakMap<Unresolved, number>()
  return {
    start: () => performance.now(),
    resolved(resolution, startedAt) {
      const durationMs = performance.now() - startedAt
      if (!resolution.ok) {
        durations.set(resolution, durationMs)
        const { code, cause, verifier } = resolution
        if (code === 'verifier_unavailable' || code === 'account_unavailable') {
          emit({
            type: 'unavailable',
            source: code === 'account_unavailable' ? 'link' : (verifier ?? 'verifier'),
            cause,
          })
        }
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
      })
    },
    refused(unresolved) {
      const { code, reason, verifier, verifiers, carrier } = unresolved
      const durationMs = durations.get(unresolved) ?? 0
      emit({ type: 'refused', durationMs, code, reason, verifier, carrier, ...(verifiers && { verifiers }) })
      return refusalOf(unresolved)
    },
    ignored: ({ code, verifier, carrier }) => emit({ type: 'ignored', code, verifier, carrier }),
    denied: (code, { verifier, id, organization }) =>
      emit({ type: 'denied', code, verifier, principalId: id, organization }),
  }
}

function refusalOf({ code, cause, retryAfterSeconds }: Unresolved): AuthError {
  return refusal(code, { cause, retryAfterSeconds })
}

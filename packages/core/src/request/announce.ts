import { isPending } from '../async/maybe-promise.js'
import type { HeaderView } from '../http/request.js'
import { stateFor } from '../migration/policy/compiled-policy.js'
import type { Signals } from '../migration/policy/signals.js'
import type { Part } from '../migration/steering.js'
import type { Line } from './line.js'
import { namingRequest } from './organization.js'
import type { Resolved } from './resolution.js'

/**
 * What the answer to an accepted caller announces: the old side's end, if the old side accepted the caller here or at
 * the verifying service. Null: nothing.
 */
export function announcementOf(
  { steering, verifiers }: Line,
  view: HeaderView,
  { principal, signals }: Resolved,
): Signals | null {
  for (const part of steering?.partsOf(principal.verifier) ?? NONE) {
    const own = signalsFor(part, view, principal.organization)
    if (own !== null) return own
  }
  if (signals === undefined) return null
  const judge = verifiers.find(({ name }) => name === principal.verifier)
  return judge?.announces === undefined || judge.announces(namingRequest(view)) ? signals : null
}

const NONE: readonly Part[] = /* @__PURE__ */ Object.freeze([])

function signalsFor({ migration, side }: Part, view: HeaderView, organization: string | null): Signals | null {
  if (side === 'new') return null
  // The policy has just accepted the caller, so it is available.
  const policy = migration.policy.current()
  if (isPending(policy) || policy?.signals == null || !stateFor(policy, organization).announces) return null
  const { announce } = migration.options
  return announce === null || announce(namingRequest(view)) ? policy.signals : null
}

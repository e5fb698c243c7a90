import { isPending } from '../async/maybe-promise.js'
import type { PassHeaders } from '../dual-auth.js'
import { headerView, type AuthRequest } from '../http/request.js'
import type { Principal } from '../identity/principal.js'
import { stateFor } from '../migration/policy/compiled-policy.js'
import type { Signals } from '../migration/policy/signals.js'
import type { Part, Steering } from '../migration/steering.js'
import { namingRequest } from './organization.js'

/** The headers of an answer to a caller who was let in, with what announces the end of the old side where that let the caller in. */
export function withSignals(
  headers: PassHeaders,
  steering: Steering,
  request: AuthRequest,
  principal: Principal,
): PassHeaders {
  for (const part of steering.partsOf(principal.verifier) ?? []) {
    const signals = signalsFor(part, request, principal.organization)
    if (signals !== null) return { ...headers, signals }
  }
  return headers
}

function signalsFor({ migration, side }: Part, request: AuthRequest, organization: string | null): Signals | null {
  if (side === 'new') return null
  // It let the caller in a moment ago, so it is at hand.
  const policy = migration.policy.current()
  if (isPending(policy) || policy?.signals == null || !stateFor(policy, organization).announces) return null
  const { announce } = migration.options
  return announce === null || announce(namingRequest(headerView(request))) ? policy.signals : null
}

import { clientKind } from '../migration/evidence/evidence.js'
import type { Steering } from '../migration/steering.js'
import type { Principal } from '../identity/principal.js'
import type { CarrierKind } from '../events/events.js'
import type { Resolution } from './resolution.js'

/**
 * Records who was seen on which side, by the credential that decided: an old cookie beside a valid new one does not
 * show that somebody still needs the old side.
 */
export function noteEvidence(steering: Steering, resolution: Resolution): void {
  if (resolution.ok) return noteAccepted(steering, resolution.principal, resolution.carrier)
  const { steered, carrier, verifier } = resolution
  if (steered === undefined || steered.refusal.reason === 'unknown' || carrier === null) return
  const { refusal, principal } = steered
  refusal.migration.evidence?.note({
    side: refusal.side,
    outcome: 'refused',
    user: principal?.id ?? null,
    organization: principal?.organization ?? null,
    client: clientKind(carrier, principal !== null && isKey(principal)),
    verifier: verifier ?? 'unknown',
    expiresAt: endOf(principal),
  })
}

function noteAccepted(steering: Steering, principal: Principal, carrier: CarrierKind): void {
  for (const { migration, side } of steering.partsOf(principal.verifier) ?? [])
    migration.evidence?.note({
      side,
      outcome: 'accepted',
      user: principal.id,
      organization: principal.organization,
      client: clientKind(carrier, isKey(principal)),
      verifier: principal.verifier,
      expiresAt: endOf(principal),
    })
}

/** Whether it is an API key, even as a bearer. */
function isKey({ keyId, scopes }: Principal): boolean {
  return keyId !== null || scopes !== null
}

function endOf(principal: Principal | null): number | null {
  const seconds = principal?.expiresAt ?? null
  return seconds === null ? null : seconds * 1000
}

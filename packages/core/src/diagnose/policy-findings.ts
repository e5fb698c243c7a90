import { eventErrorOf } from '../events/event-error.js'
import type { Principal } from '../identity/principal.js'
import { stateFor } from '../migration/policy/compiled-policy.js'
import type { PolicyHolder } from '../migration/policy/policy-holder.js'
import type { PolicyRefusal, Steering } from '../migration/steering.js'
import type { Line } from '../request/line.js'
import { countingFor, countingSomewhere } from '../request/owners.js'
import type { Unresolved } from '../request/resolution.js'
import type { Diagnosis, End, Note } from './diagnose.js'

/** Findings about a credential that the policies accept: one for each migration of its verifier. */
export async function policyFindings(
  steering: Steering,
  { verifier, organization }: Pick<Principal, 'verifier' | 'organization'>,
): Promise<readonly string[]> {
  const parts = steering.partsOf(verifier) ?? []
  return Promise.all(
    parts.map(async ({ migration, side }) => {
      const policy = await migration.policy.current()
      if (policy === null) return `migration "${migration.options.name}" has no policy yet`
      const { stage } = stateFor(policy, organization)
      return `${where(migration.options.name, policy.document.version, stage)}, where the ${side} side is accepted`
    }),
  )
}

/** Ends with the refusal of a migration's policy. */
export function endByPolicy({ code, reason, verifier, steered }: Unresolved, note: Note, end: End): Diagnosis {
  const principal = steered?.principal ?? null
  if (steered !== undefined) note('policy', false, refusalFinding(steered.refusal, principal))
  return end(code, { reason, verifier, principalId: principal?.id ?? null })
}

/**
 * Ends with the outage of an earlier verifier, if a request would. Null if another one accepts the credential for an
 * organization where that side does not count, or if none was passed over.
 * @param principal Null if the others refuse it.
 */
export async function endByOutage(
  line: Line,
  outages: readonly { readonly verifier: string }[],
  principal: Principal | null,
  note: Note,
  end: End,
): Promise<Diagnosis | null> {
  if (line.steering === null || outages.length === 0) return null
  const somewhere = await countingSomewhere(line, line.steering, outages)
  const [first] = principal === null ? somewhere : await countingFor(line, line.steering, somewhere, principal)
  if (first === undefined) return null
  const { verifier } = first
  note('policy', false, `the side of ${verifier}, which cannot tell, counts here`)
  return end('verifier_unavailable', { verifier })
}

function refusalFinding({ migration, policy, side, reason }: PolicyRefusal, principal: Principal | null): string {
  const { name } = migration.options
  if (policy === null) return `nobody can tell: migration "${name}" has never had a policy${because(migration.policy)}`
  const version = policy.document.version
  if (principal === null)
    return `migration "${name}" accepts the ${side} side nowhere under version ${version}, so its verifiers are not asked: ${reason}`
  const { stage } = stateFor(policy, principal.organization)
  return `${where(name, version, stage)}, where this credential of the ${side} side is refused: ${reason}`
}

/** In the words of `auth.ready` and `auth.health`. */
function because({ problem }: PolicyHolder): string {
  const words = eventErrorOf(problem)?.message ?? ''
  return words === '' ? '' : `: ${words}`
}

function where(name: string, version: number, stage: string): string {
  return `migration "${name}" is at ${stage} here, by version ${version} of its policy`
}

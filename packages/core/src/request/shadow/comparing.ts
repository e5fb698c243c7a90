import { LRUCache } from 'lru-cache'
import type { Emit } from '../../events/events.js'
import type { ErrorCode } from '../../errors/error-table.js'
import type { Principal } from '../../identity/principal.js'
import { stateFor } from '../../migration/policy/compiled-policy.js'
import { isCritical, isUnknown, type Difference, type ShadowComparison } from '../../migration/shadow/differences.js'
import { createIgnoring } from '../../migration/shadow/ignore.js'
import type { ParsedShadow } from '../../migration/shadow/options.js'
import type { OpenMigration } from '../../migration/steering.js'
import { createGate, type Gate } from './gate.js'

/** The subject of a comparison. */
export interface About {
  readonly comparison: ShadowComparison
  /** The verifier of the old side. */
  readonly verifier: string
  readonly old: Pick<Principal, 'id' | 'organization'> | null
  readonly fresh?: Pick<Principal, 'id' | 'organization'> | null
  /** Why one side refused. */
  readonly code?: ErrorCode | null
  readonly cause?: unknown
}

/** The comparisons of one migration. */
export interface Comparing {
  readonly options: ParsedShadow
  /** The verifiers of the new side. */
  readonly to: readonly string[]
  readonly gate: Gate
  /** When `directory` was last called, by person and organization. */
  readonly asked: LRUCache<string, number>
  /** Whether an organization's stage calls for comparisons; false while no policy is known. */
  isOn(organization: string | null): boolean
  /** Reports what was found. */
  found(about: About, differences: readonly Difference[]): void
}

const MOST_PERMISSIONS = 100
const MOST_ASKED = 10_000

export function createComparing(
  { options: { name: migration, to }, policy }: OpenMigration,
  options: ParsedShadow,
  emit: Emit,
  now: () => number,
): Comparing {
  const { sample, maxInFlight, timeoutMs, inDual } = options
  const unignored = createIgnoring(options.ignore, now, ({ class: one, permission = null, until, reason }) =>
    emit({ type: 'shadow_ignore_ended', migration, class: one, permission, until, reason }),
  )
  const dropped = (count: number): void => emit({ type: 'shadow_dropped', migration, count })

  function mismatch(
    { comparison, verifier, old, fresh = null, ...why }: About,
    { class: one, permissions }: Difference,
  ) {
    const { code = null, cause } = why
    emit({
      type: 'shadow_mismatch',
      migration,
      comparison,
      class: one,
      critical: isCritical(one),
      verifier,
      principalId: old?.id ?? null,
      organization: old?.organization ?? null,
      newPrincipalId: fresh?.id ?? null,
      newOrganization: fresh?.organization ?? null,
      permissions: permissions.slice(0, MOST_PERMISSIONS),
      code,
      ...(cause !== undefined && { cause }),
    })
  }

  return {
    options,
    to,
    gate: createGate({ sample, maxInFlight, timeoutMs, now, dropped }),
    asked: new LRUCache({ max: MOST_ASKED }),
    isOn(organization) {
      const { known } = policy
      if (known === null) return false
      const { stage } = stateFor(known, organization)
      return stage === 'shadow' || (inDual && stage === 'dual')
    },
    found(about, differences) {
      const counting = differences.flatMap((one) => unignored(one) ?? [])
      emit({
        type: 'shadow_compared',
        migration,
        comparison: about.comparison,
        result: resultOf(differences, counting),
      })
      for (const one of counting) mismatch(about, one)
    },
  }
}

function resultOf(
  differences: readonly Difference[],
  counting: readonly Difference[],
): 'same' | 'different' | 'ignored' | 'unknown' {
  if (differences.length === 0) return 'same'
  if (differences.some((one) => isUnknown(one.class))) return 'unknown'
  return counting.length === 0 ? 'ignored' : 'different'
}

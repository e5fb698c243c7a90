import { STAGES, type DualAuth, type ExportedKeySet, type KnownPolicy } from '@dualauth/core'
import type { Figure } from './collector.js'

/** The part of an instance that is read. */
export type WatchedAuth = Pick<DualAuth, 'knownPolicies' | 'exportKeys'>

/**
 * What an instance knows now; it asks nobody.
 * @param now Milliseconds since the epoch.
 */
export function figuresOf(auth: WatchedAuth, now: number): readonly Figure[] {
  return [
    ...auth.knownPolicies().flatMap(policyFigures),
    ...auth.exportKeys().keySets.flatMap((one) => keyFigures(one, now)),
  ]
}

function policyFigures({ migration, version, stage, basisPoints, answeredAt }: KnownPolicy): readonly Figure[] {
  const labels = { migration }
  const figures: Figure[] = []
  if (version !== null) figures.push({ metric: 'policy_version', labels, value: version })
  if (stage !== null)
    for (const one of STAGES)
      figures.push({ metric: 'policy_stage', labels: { migration, stage: one }, value: one === stage ? 1 : 0 })
  if (basisPoints !== null) figures.push({ metric: 'rollout_ratio', labels, value: basisPoints / 10_000 })
  if (answeredAt !== null)
    figures.push({ metric: 'policy_refresh_timestamp_seconds', labels, value: answeredAt / 1000 })
  return figures
}

function keyFigures({ verifier, fetchedAt, maxAgeMs }: ExportedKeySet, now: number): readonly Figure[] {
  const labels = { provider: verifier }
  return [
    { metric: 'jwks_age_seconds', labels, value: Math.max(0, now - fetchedAt) / 1000 },
    { metric: 'jwks_max_age_seconds', labels, value: maxAgeMs / 1000 },
  ]
}

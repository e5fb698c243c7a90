import type { OpenMigration } from './steering.js'
import type { Stage } from './stage.js'

/** What one process knows of the policy of a migration. It names nobody. */
export interface KnownPolicy {
  readonly migration: string
  /** Null: no policy was ever had, and there is no fallback. */
  readonly version: number | null
  /** Of everybody who belongs to no organization with a stage of its own. */
  readonly stage: Stage | null
  /** The share that the rollout issues the new side for, in hundredths of a percent; null without a rollout. */
  readonly basisPoints: number | null
  /** When its source answered last, in milliseconds since the epoch; null: never, or it is not asked again and again. */
  readonly answeredAt: number | null
}

export function knownPolicies(migrations: readonly OpenMigration[]): readonly KnownPolicy[] {
  return migrations.map(({ options, policy }) => {
    const document = policy.known?.document
    return {
      migration: options.name,
      version: document?.version ?? null,
      stage: document?.stage ?? null,
      basisPoints: document?.rollout?.basisPoints ?? null,
      answeredAt: (options.source.pollMs ?? null) === null ? null : policy.answeredAt,
    }
  })
}

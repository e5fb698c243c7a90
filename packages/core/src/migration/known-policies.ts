import type { OpenMigration } from './steering.js'
import type { Stage } from './stage.js'

/** The policy of a migration as one process knows it. It names no person. */
export interface KnownPolicy {
  readonly migration: string
  /** Null: no policy was ever read, and there is no fallback. */
  readonly version: number | null
  /** The stage of everybody whose organization has no stage of its own. */
  readonly stage: Stage | null
  /** The share for which the new side issues, in hundredths of a percent; null without a rollout. */
  readonly basisPoints: number | null
  /** When its source last answered, in milliseconds since the epoch. Null: never, or it is not polled. */
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

import { earliestLossFree } from '../migration/cut-off.js'
import { stateFor } from '../migration/policy/compiled-policy.js'
import { sunsetOf } from '../migration/policy/signals.js'
import type { Stage } from '../migration/stage.js'
import type { Line } from './line.js'
import { migrationNamed, type OfMigration } from './of-migration.js'

/** The state of a migration, for pages, clients and operators. It names no person. */
export interface MigrationStatus {
  readonly migration: string
  readonly version: number
  readonly stage: Stage
  /** Dates as ISO 8601 in UTC; null if the policy does not say. */
  readonly deprecation: string | null
  readonly sunset: string | null
  /** The earliest time at which, by the cut-off, `new-only` refuses nobody with an old-side credential. */
  readonly earliestNewOnly: string | null
  readonly documentation: string | null
  readonly login: string | null
  readonly banner: boolean
}

/** @throws {AuthError} `policy_unavailable`, `configuration_invalid` */
export async function migrationStatus(
  line: Line,
  { organization = null, migration }: OfMigration & { readonly organization?: string | null },
): Promise<MigrationStatus> {
  const { options, policy } = await migrationNamed(line, migration, 'migrationStatus')
  const { document } = policy
  const { announcement = {}, cutOff = {} } = document
  return {
    migration: options.name,
    version: document.version,
    stage: stateFor(policy, organization).stage,
    deprecation: isoOf(announcement.deprecation),
    sunset: isoOf(sunsetOf(document)),
    earliestNewOnly: isoOf(earliestLossFree(cutOff)),
    documentation: announcement.documentation ?? null,
    login: announcement.login ?? null,
    banner: announcement.banner === true,
  }
}

function isoOf(date: string | number | null | undefined): string | null {
  return date === null || date === undefined ? null : new Date(date).toISOString()
}

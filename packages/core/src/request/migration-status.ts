import type { Side, Stage } from '../migration/stage.js'
import { issuance, type Issuance, type IssuerInput } from '../migration/issuance.js'
import { earliestLossFree } from '../migration/cut-off.js'
import { stateFor, type CompiledPolicy } from '../migration/policy/compiled-policy.js'
import { sunsetOf } from '../migration/policy/signals.js'
import type { OpenMigration } from '../migration/steering.js'
import { AuthError } from '../errors/auth-error.js'
import type { Line } from './line.js'

/** Where a migration stands, for pages, clients and operators; it names nobody. */
export interface MigrationStatus {
  readonly migration: string
  readonly version: number
  readonly stage: Stage
  /** Dates as ISO 8601 in UTC; null where the policy does not say. */
  readonly deprecation: string | null
  readonly sunset: string | null
  /** From when on `new-only` refuses nobody who holds a credential of the old side, by the cut-off. */
  readonly earliestNewOnly: string | null
  readonly documentation: string | null
  readonly login: string | null
  readonly banner: boolean
}

/** Which side issues for somebody, and by which verifiers it is accepted. */
export interface Issuer extends Issuance {
  readonly migration: string
  /** Of that side, as the option `migration` lists them. */
  readonly verifiers: readonly string[]
}

/** Of which migration; needed where the instance has several. */
export interface OfMigration {
  readonly migration?: string
}

/** @throws {AuthError} `policy_unavailable`, `configuration_invalid` */
export async function migrationStatus(
  line: Line,
  { organization = null, migration }: OfMigration & { readonly organization?: string | null },
): Promise<MigrationStatus> {
  const { options, policy } = await chosen(line, migration, 'migrationStatus')
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

/** @throws {AuthError} `policy_unavailable`, `configuration_invalid` */
export async function issuerFor(line: Line, input: IssuerInput & OfMigration): Promise<Issuer> {
  const { options, policy } = await chosen(line, input.migration, 'issuerFor')
  const found = await issuance(policy, input, line.now())
  const bySide: Record<Side, readonly string[]> = { old: options.from, new: options.to }
  return { migration: options.name, ...found, verifiers: bySide[found.side] }
}

async function chosen(
  { steering }: Line,
  name: string | undefined,
  caller: string,
): Promise<{ readonly options: OpenMigration['options']; readonly policy: CompiledPolicy }> {
  const migrations = steering?.migrations ?? []
  const named = name === undefined ? migrations : migrations.filter(({ options }) => options.name === name)
  const [migration] = named
  if (migration === undefined || named.length > 1)
    throw new AuthError('configuration_invalid', { message: problem(caller, migrations) })
  const policy = await migration.policy.current()
  if (policy === null) throw new AuthError('policy_unavailable')
  return { options: migration.options, policy }
}

function problem(caller: string, migrations: readonly OpenMigration[]): string {
  if (migrations.length === 0) return `${caller}: this instance has no option \`migration\``
  return `${caller}.migration: must be one of ${migrations.map(({ options }) => options.name).join(', ')}`
}

function isoOf(date: string | number | null | undefined): string | null {
  return date === null || date === undefined ? null : new Date(date).toISOString()
}

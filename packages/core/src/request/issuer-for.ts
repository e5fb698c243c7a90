import { issuance, type Issuance, type IssuerInput } from '../migration/issuance.js'
import type { Side } from '../migration/stage.js'
import type { Line } from './line.js'
import { migrationNamed, type OfMigration } from './of-migration.js'

/** Which side issues for a person, and which verifiers accept its credentials. */
export interface Issuer extends Issuance {
  readonly migration: string
  /** The verifiers of that side, as listed in the option `migration`. */
  readonly verifiers: readonly string[]
}

/** @throws {AuthError} `policy_unavailable`, `configuration_invalid` */
export async function issuerFor(line: Line, input: IssuerInput & OfMigration): Promise<Issuer> {
  const { options, policy } = await migrationNamed(line, input.migration, 'issuerFor')
  const found = await issuance(policy, input, line.now())
  line.emit({ type: 'issuer_chosen', purpose: 'sign-in', migration: options.name, ...found })
  const bySide: Record<Side, readonly string[]> = { old: options.from, new: options.to }
  return { migration: options.name, ...found, verifiers: bySide[found.side] }
}

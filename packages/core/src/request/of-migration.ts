import { AuthError } from '../errors/auth-error.js'
import type { CompiledPolicy } from '../migration/policy/compiled-policy.js'
import type { OpenMigration } from '../migration/steering.js'
import type { Line } from './line.js'

/** The name of a migration; required if the instance has several. */
export interface OfMigration {
  readonly migration?: string
}

/**
 * The requested migration and its policy.
 * @param caller For messages.
 * @throws {AuthError} `policy_unavailable`, `configuration_invalid`
 */
export async function migrationNamed(
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

import type { DualAuth } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'

/**
 * At construction, not at the first request.
 * @param owner Of the options, such as `migrationEndpoint`.
 * @param migration Undefined: none is named, which is enough where there is one.
 * @throws {AuthError} `configuration_invalid`, with the names that there are.
 */
export function assertMigration({ migrations }: DualAuth, migration: string | undefined, owner: string): void {
  if (migrations.length === 0) throw optionError(`${owner}.auth`, 'must be an instance with the option `migration`')
  if (migration === undefined ? migrations.length === 1 : migrations.includes(migration)) return
  throw optionError(`${owner}.migration`, `must be one of ${migrations.join(', ')}`)
}

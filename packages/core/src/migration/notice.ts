import type { PolicyRefusal } from './steering.js'

/** What a caller can do next after the policy has refused the credential. It is sent. */
export interface MigrationNotice {
  /** Name of the migration. */
  readonly migration: string
  /** Where people sign in on the new side; null if the policy does not say. */
  readonly login: string | null
  /** A page that explains the migration; null if the policy does not say. */
  readonly documentation: string | null
}

/** Null: there is nothing to say about the next step. */
export function noticeOf({ migration, policy, side }: PolicyRefusal): MigrationNotice | null {
  if (policy === null || side === 'new') return null
  const { login = null, documentation = null } = policy.document.announcement ?? {}
  return { migration: migration.options.name, login, documentation }
}

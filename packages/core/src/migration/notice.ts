import type { PolicyRefusal } from './steering.js'

/** What a caller whose credential the policy refuses can do next; it is sent. */
export interface MigrationNotice {
  /** Name of the migration. */
  readonly migration: string
  /** Where people sign in on the new side; null where the policy does not say. */
  readonly login: string | null
  /** A page that explains the move; null where the policy does not say. */
  readonly documentation: string | null
}

/** Null: the refusal says nothing about what comes next. */
export function noticeOf({ migration, policy, side }: PolicyRefusal): MigrationNotice | null {
  if (policy === null || side === 'new') return null
  const { login = null, documentation = null } = policy.document.announcement ?? {}
  return { migration: migration.options.name, login, documentation }
}

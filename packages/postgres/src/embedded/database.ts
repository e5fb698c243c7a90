import type { Query } from '@dualauth/core'

/** A database that this package opened. */
export interface Database {
  /** Runs one statement with `$1…$n`; what `sqlSessions`, `accounts` and `storedApiKeys` take. */
  readonly query: Query
  close(): Promise<void>
}

import type { BetterAuthOptions } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

/** Creates the tables that a Better Auth with these options needs, in its own database. */
export async function createBetterAuthTables(options: BetterAuthOptions): Promise<void> {
  await (await getMigrations(options)).runMigrations()
}

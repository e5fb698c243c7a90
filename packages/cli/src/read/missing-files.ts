import type { Query } from '@dualauth/core'
import { schemaFiles } from '@dualauth/postgres'

/** Names of the `dualauth` schema files that have not been applied to a database. */
export async function missingFiles(query: Query): Promise<readonly string[]> {
  const [found] = await query("select pg_catalog.to_regclass('dualauth.schema_version') is not null as found", [])
  const rows =
    found?.['found'] === true ? await query('select version::text as version from dualauth.schema_version', []) : []
  const present = new Set(rows.map((row) => Number(row['version'])))
  return schemaFiles.filter(({ version }) => !present.has(version)).map(({ name }) => name)
}

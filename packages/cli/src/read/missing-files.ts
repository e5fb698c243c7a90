import type { Query } from '@dualauth/core'
import { schemaFiles } from '@dualauth/postgres'
import { CliError, EXIT } from '../exit.js'
import { readable } from './plain-table.js'

export const VERSIONS = 'dualauth.schema_version'

/** Names of the `dualauth` schema files that have not been applied to a database. */
export async function missingFiles(query: Query): Promise<readonly string[]> {
  const is = await readable(query, VERSIONS)
  if (is === 'foreign')
    throw new CliError(
      EXIT.refused,
      `${VERSIONS} is none of dualauth's tables, so it was not read: drop it, or give it to a role that you trust.`,
    )
  const rows = is === 'plain' ? await query(`select version::text as version from ${VERSIONS}`, []) : []
  const present = new Set(rows.map((row) => Number(row['version'])))
  return schemaFiles.filter(({ version }) => !present.has(version)).map(({ name }) => name)
}

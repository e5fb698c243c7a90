import { missingFiles, VERSIONS } from '../../read/missing-files.js'
import { readable } from '../../read/plain-table.js'
import { schemaFiles } from '@dualauth/postgres'
import type { Context } from '../context.js'
import { foreign, ok, problem, warning, type Finding } from '../finding.js'

/**
 * Whether the schema `dualauth` in `DATABASE_URL` is complete. An application that stores nothing there does not need
 * it.
 */
export async function schema({ examined, database }: Context): Promise<readonly Finding[]> {
  if (database === null) return []
  if ((await readable(database, VERSIONS)) === 'foreign') return [foreign(VERSIONS)]
  const missing = await missingFiles(database)
  if (missing.length === 0) return [ok('schema', 'dualauth', 'The schema is complete.')]
  const isAbsent = missing.length === schemaFiles.length
  if (!isAbsent)
    return [
      problem(
        'schema_older',
        'dualauth',
        `The schema is older than this command: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
        'Run `dualauth schema --apply` before the new version of the application starts.',
      ),
    ]
  if ((examined?.auth.migrations.length ?? 0) === 0)
    return [ok('schema', 'dualauth', 'There is none, which is right where nothing is kept in PostgreSQL.')]
  return [
    warning(
      'schema_missing',
      'dualauth',
      'The application has a migration, and there is no schema for its policy and its evidence.',
      'Run `dualauth schema --apply`, or keep both elsewhere; see docs/evidence.md.',
    ),
  ]
}

import type { Query } from '@dualauth/core'
import { assertTrusted } from './assert-trusted.js'
import { schemaFiles, type SchemaFile } from './schema-files.js'

/** No other lock of the application has this number: the first 52 bits of SHA-256 of `dualauth.schema`. */
const LOCK = '320495213664915'

/**
 * Creates what the schema `dualauth` lacks. Any number of processes may call it at the same time, and again at each
 * start. The application's tables are never touched. Requires the right to create a schema; without it, apply
 * `schemaFiles` with the application's own migration tool.
 *
 * @returns The names of the files that were applied now.
 * @throws {AuthError} `configuration_invalid`: the schema, or a table in it, belongs to a role that need not be
 *   trusted: this role is not a member of it, and it is neither the owner of the database nor a superuser.
 */
export async function installSchema(query: Query): Promise<readonly string[]> {
  const applied: string[] = []
  await query(once('create schema if not exists dualauth'), [])
  await assertTrusted(query)
  await query(once(VERSIONS), [])
  const rows = await query('select version::text as version from dualauth.schema_version', [])
  const present = new Set(rows.map((row) => Number(row['version'])))
  for (const file of schemaFiles) {
    if (present.has(file.version)) continue
    await query(applying(file), [])
    applied.push(file.name)
  }
  return applied
}

const VERSIONS = `create table if not exists dualauth.schema_version (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default pg_catalog.now()
)`

/** As one statement, since some drivers can send only one; the lock is released when it ends. */
function once(sql: string): string {
  return `do $dualauth$ begin perform pg_catalog.pg_advisory_xact_lock(${LOCK}); ${sql}; end $dualauth$`
}

function applying({ version, name, sql }: SchemaFile): string {
  const note = `insert into dualauth.schema_version (version, name) values (${version}, '${name}') on conflict do nothing`
  return once(`${sql.trimEnd()}\n${note}`)
}

/** What to run if `installSchema` lacks the right: the same statements as one script. */
export function printSchema(): string {
  const files = schemaFiles.map(
    ({ version, name, sql }) =>
      `-- ${name}\n${sql.trimEnd()}\ninsert into dualauth.schema_version (version, name) values (${version}, '${name}') on conflict do nothing;\n`,
  )
  return [`create schema if not exists dualauth;\n\n${VERSIONS};\n`, ...files].join('\n')
}

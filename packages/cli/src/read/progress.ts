import type { Query } from '@dualauth/core'

/** How many people have moved, from the schema's views. */
export interface Progress {
  /** Everybody who was ever seen. */
  readonly people: number
  /** Never accepted on the new side. */
  readonly pending: number
  /** Accepted there, and on the old side since. */
  readonly dual: number
  readonly migrated: number
  /** Null if nobody was seen. */
  readonly completedPercent: number | null
  /** ISO 8601; null if nobody was. */
  readonly lastOldAt: string | null
}

export interface OrganizationProgress extends Progress {
  /** Null: people who acted for no organization. */
  readonly organization: string | null
}

/** Progress of everybody; null if nobody was seen. */
export async function readProgress(query: Query, migration: string): Promise<Progress | null> {
  const [row] = await query(`select ${COLUMNS} from dualauth.migration_progress where migration = $1::text`, [
    migration,
  ])
  return row === undefined ? null : progressOf(row)
}

/** Progress of one organization, or of each. */
export async function readOrganizations(
  query: Query,
  migration: string,
  organization: string | null,
): Promise<readonly OrganizationProgress[]> {
  const rows = await query(ORGANIZATIONS, [migration, organization])
  return rows.map((row) => ({ organization: textOf(row['organization']), ...progressOf(row) }))
}

const COLUMNS = `people::text as people, pending::text as pending, dual::text as dual, migrated::text as migrated,
  completed_percent::text as completed_percent, pg_catalog.to_char(last_old_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_old_at`

const ORGANIZATIONS = `
select organization, ${COLUMNS} from dualauth.organization_progress p
where migration = $1::text and ($2::text is null or organization = $2::text)
order by p.people desc, organization collate "C" nulls first`

function progressOf(row: Readonly<Record<string, unknown>>): Progress {
  const percent = textOf(row['completed_percent'])
  return {
    people: Number(row['people']),
    pending: Number(row['pending']),
    dual: Number(row['dual']),
    migrated: Number(row['migrated']),
    completedPercent: percent === null ? null : Number(percent),
    lastOldAt: textOf(row['last_old_at']),
  }
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

import type { Query } from '@dualauth/core'

/** A person who was never accepted on the new side. */
export interface PendingPerson {
  /** The application's user id. */
  readonly user: string
  /** The organization that they last acted for; null if none. */
  readonly organization: string | null
  /** ISO 8601. */
  readonly lastOldAt: string | null
}

const PAGE = 5000

/** Everybody who has not moved yet, ordered by id, page by page. */
export async function* readPending(
  query: Query,
  migration: string,
  organization: string | null,
): AsyncGenerator<readonly PendingPerson[]> {
  let after = ''
  for (;;) {
    const rows = await query(organization === null ? EVERYBODY : MEMBERS, [
      migration,
      after,
      organization,
      String(PAGE),
    ])
    if (rows.length > 0)
      yield rows.map((row) => ({
        user: String(row['user_id']),
        organization: row['organization'] === null ? null : String(row['organization']),
        lastOldAt: row['last_old_at'] === null ? null : String(row['last_old_at']),
      }))
    if (rows.length < PAGE) return
    after = String(rows.at(-1)?.['user_id'])
  }
}

const pendingIn = (view: string): string => `
select user_id, organization, pg_catalog.to_char(last_old_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_old_at
from dualauth.${view} p where migration = $1::text and user_id > $2::text and migration_status = 'pending'
  and ($3::text is null or organization = $3::text)
order by p.user_id limit $4::text::integer`

const EVERYBODY = pendingIn('user_migration')
/** A person can be pending in one organization after moving in another. */
const MEMBERS = pendingIn('member_migration')

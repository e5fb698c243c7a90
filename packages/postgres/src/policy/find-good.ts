import type { Query } from '@dualauth/core'
import { DOCUMENT, storedVersion, WRITTEN_MS, type StoredVersion } from './stored-document.js'

/** How many versions are read at once: each may be huge. */
const PAGE = 20

/** Where to search for a policy among the versions of a migration. */
export interface GoodSearch {
  readonly migration: string
  /** The newest version known not to be one. */
  readonly below: string
  /** Only versions above this one are searched. */
  readonly above: string
  /** How many versions are checked at most. */
  readonly limit: number
}

/** The result of a search. */
export type GoodFound =
  | { readonly good: StoredVersion }
  /** `below`: where to continue; null: there is none. */
  | { readonly good: null; readonly below: string | null }

/** The newest version that is a policy; searches from newer to older. */
export async function findGood(query: Query, search: GoodSearch): Promise<GoodFound> {
  const { migration, above, limit } = search
  let { below } = search
  for (let judged = 0; judged < limit; judged += PAGE) {
    const rows = await query(OLDER, [migration, below, above])
    const stored = rows.map(storedVersion)
    const good = stored.find(({ isGood }) => isGood)
    if (good !== undefined) return { good }
    const last = stored.at(-1)
    if (last === undefined || stored.length < PAGE) return { good: null, below: null }
    below = last.version
  }
  return { good: null, below }
}

// Versions beyond what a JavaScript number can hold are never policies.
const OLDER = `
select version::text as version, ${WRITTEN_MS} as written_ms, ${DOCUMENT} as document
from dualauth.policy p
where migration = $1::text and version < $2::text::bigint and version > $3::text::bigint
  and version <= ${Number.MAX_SAFE_INTEGER}
order by p.version desc limit ${PAGE}`

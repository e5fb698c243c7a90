import type { Query } from '@dualauth/core'

const MOST = 10

/** Other migrations that have a policy, at most ten, in the order of their names: this name may be misspelt. */
export async function otherMigrations(query: Query, migration: string): Promise<readonly string[]> {
  const rows = await query(OTHERS, [migration])
  return rows.map((row) => String(row['migration']))
}

export function wordOthers(migration: string, others: readonly string[]): string {
  return `There is no policy of "${migration}"; there is one of ${others.map((other) => `"${other}"`).join(', ')}. An instance follows the policy of its migration's name.`
}

const OTHERS = `select distinct p.migration from dualauth.policy p
where p.migration operator(pg_catalog.<>) $1::text order by p.migration limit ${MOST}`

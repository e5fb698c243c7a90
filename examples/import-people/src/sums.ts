import type { DatabasePool } from '@dualauth/postgres'

/** By name of the table: MD5 over the text of all rows, in order. */
export type Sums = Readonly<Record<string, string>>

/** Whom a rollback has kept, by their ids in the source. */
export interface Kept {
  readonly people: readonly string[]
  readonly organizations: readonly string[]
}

const NOBODY: Kept = { people: [], organizations: [] }

/** What there is of each table without the rows of these: `$1` people, `$2` organizations. */
const TABLES: Readonly<Record<string, string>> = {
  user: `select * from "user" where id <> all ($1)`,
  account: `select * from account where "userId" <> all ($1)`,
  session: `select * from session where "userId" <> all ($1)`,
  member: `select * from member where "userId" <> all ($1) and "organizationId" <> all ($2)`,
  organization: `select * from organization where id <> all ($2)`,
  verification: 'select * from verification',
  'old.users': 'select * from old.users',
  'old.teams': 'select * from old.teams',
  'old.team_members': 'select * from old.team_members',
}

export async function sumsOf(pool: DatabasePool, { people, organizations }: Kept = NOBODY): Promise<Sums> {
  const sums: Record<string, string> = {}
  for (const [name, rows] of Object.entries(TABLES)) sums[name] = await sumOf(pool, rows, [people, organizations])
  return sums
}

/** What the ledger says of each row. */
export async function ledgerSum(pool: DatabasePool): Promise<string> {
  return sumOf(pool, 'select * from dualauth.import_item', [[], []])
}

async function sumOf(pool: DatabasePool, rows: string, params: readonly (readonly string[])[]): Promise<string> {
  const { rows: found } = await pool.query(
    `with ids as (select $1::text[] as people, $2::text[] as organizations)
select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as sum from (${rows}) t`,
    [...params],
  )
  return String((found[0] as { sum: string }).sum)
}

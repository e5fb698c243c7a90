import type { ExchangeStore, Query } from '@dualauth/core'
import { functionOption, parseOptions } from '@dualauth/core/settings'
import { retrying } from '../sql/retrying.js'

/**
 * Counts in the schema `dualauth` how often a credential was exchanged, across all instances; for a migration's option
 * `exchange`. Each operation is one statement. Only hashes are kept, and each is deleted a day after its credential has
 * ended.
 *
 * @param driver Any driver: `(sql, params) => rows`.
 * @throws {AuthError} `configuration_invalid`: not a function.
 */
export function postgresExchanges(driver: Query): ExchangeStore {
  parseOptions(functionOption<Query>(), driver, 'postgresExchanges.query')
  const query = retrying(driver)
  return {
    async take({ key, most, endsAt }) {
      const rows = await query(TAKE, [key, spelled(endsAt), String(most)])
      return rows.length > 0
    },
    async giveBack(key) {
      await query(GIVE_BACK, [key])
    },
    async relate(relations) {
      const rows = relations.map(({ endsAt, ...row }) => ({ ...row, ends_at: spelled(endsAt) }))
      await query(RELATE, [JSON.stringify(rows)])
    },
    async relatedTo(key) {
      return (await query(RELATED, [key])).map((row) => String(row['revocation']))
    },
  }
}

/** How many old rows one exchange deletes; more than it adds, so the table does not grow without end. */
const SWEPT = 100

// PostgreSQL judges the row as it is once locked, so concurrent exchanges are counted one after the other.
const TAKE = `
with swept as (
  delete from dualauth.exchange where key in (
    select key from dualauth.exchange
    where ends_at < pg_catalog.now() - interval '1 day' and key <> $1::text
    order by ends_at limit ${SWEPT} for update skip locked
  )
)
insert into dualauth.exchange as e (key, used, ends_at) values ($1::text, 1, $2::text::timestamptz)
on conflict (key) do update
set used = e.used + 1, last_at = pg_catalog.now(), ends_at = greatest(e.ends_at, excluded.ends_at)
where e.used < $3::text::integer
returning used`

const GIVE_BACK = `update dualauth.exchange set used = used - 1 where key = $1::text and used > 0`

const RELATE = `
with swept as (
  delete from dualauth.exchange_relation where (key, revocation) in (
    select key, revocation from dualauth.exchange_relation
    where ends_at < pg_catalog.now() - interval '1 day' order by ends_at limit ${SWEPT} for update skip locked
  )
)
insert into dualauth.exchange_relation as r (key, revocation, ends_at)
select distinct on (key, revocation) key, revocation, ends_at
from pg_catalog.jsonb_to_recordset($1::text::jsonb) as given (key text, revocation text, ends_at timestamptz)
order by key, revocation, ends_at desc
on conflict (key, revocation) do update set ends_at = greatest(r.ends_at, excluded.ends_at)`

const RELATED = `select revocation from dualauth.exchange_relation where key = $1::text`

function spelled(endsAt: number | null): string {
  return endsAt === null ? 'infinity' : new Date(endsAt).toISOString()
}

import { readable } from '../../read/plain-table.js'
import type { Context } from '../context.js'
import { foreign, ok, warning, type Finding } from '../finding.js'

/** Finds account ids of links in another spelling than the users' ids. Counts them and shows none. */
export async function links({ database }: Context): Promise<readonly Finding[]> {
  if (database === null) return []
  const [table] = await database(MAY_READ, [])
  if (table?.['may_read'] !== 'true') return []
  if ((await readable(database, SUBJECT)) === 'foreign') return [foreign(SUBJECT)]
  const [row] = await database(COUNT, [])
  const count = Number(row?.['upper'])
  if (count === 0) return [ok('links', SUBJECT, 'No account id is a uuid with upper-case letters.')]
  const many = count === 1 ? '1 link has' : `${count} links have`
  return [
    warning(
      'link_spelling',
      SUBJECT,
      `${many} an account id that is a uuid with upper-case letters. If the users' ids are of type uuid, or lower-case texts, such a link finds nobody.`,
      `\`update ${SUBJECT} set account_id = pg_catalog.lower(account_id) where account_id ~* '${UUID}'\` after a backup, and set \`ids: 'uuid'\` for the import (docs/import.md). If a row is refused (23505), end one of the two links. Change nothing if your users' ids are upper-case texts.`,
    ),
  ]
}

const SUBJECT = 'dualauth.identity_link'
const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

/** Without the privilege, or without the table, the application stores no links here. */
const MAY_READ = `
select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('${SUBJECT}')::oid, 'select'), false)::text as may_read`

const COUNT = `
select pg_catalog.count(*)::text as upper from ${SUBJECT}
where ended_at is null and account_id ~* '${UUID}' and account_id <> pg_catalog.lower(account_id)`

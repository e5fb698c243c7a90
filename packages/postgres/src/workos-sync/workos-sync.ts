import type { Query, WorkosReading, WorkosSync } from '@dualauth/core'
import { functionOption, object, parseOptions } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { key } from '../sql/id-column.js'
import { retrying } from '../sql/retrying.js'
import { applyEvent } from './apply.js'
import { keepListed } from './keep.js'

/** The options of `workosSync`. */
export interface WorkosSyncOptions {
  /** A name for the WorkOS environment, if there are several. Default `workos`. */
  readonly source?: string
}

const schema = object({ source: z._default(key, 'workos') })

/**
 * Keeps the users, organizations and memberships of WorkOS in the schema `dualauth`, for `workosWebhook`,
 * `workosCatchUp` and `workosImport` of `@dualauth/endpoints`, and for `accounts` with `synced`. In whatever order and
 * however often events arrive, the tables end the same: the newest change of each object wins, and deleted objects stay
 * deleted. Ids, roles and states are kept, but no names or addresses.
 *
 * @param driver Any driver: `(sql, params) => rows`. Each call is one statement.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function workosSync(driver: Query, options: WorkosSyncOptions = {}): WorkosSync {
  parseOptions(functionOption<Query>(), driver, 'workosSync.query')
  const { source } = parseOptions(schema, options, 'workosSync')
  const query = retrying(driver)
  return {
    apply: (event, { settle }) => applyEvent(query, source, event, settle),
    async settle(id) {
      await query(SETTLE, [source, id])
    },
    keep: (kind, objects, { dryRun }) => keepListed(query, source, kind, objects, dryRun),
    ...readingOf(query, source, 'dualauth.workos_cursor', FORGET),
    imports: readingOf(query, source, 'dualauth.workos_import', ''),
  }
}

/** @param also What else ending does, as the beginning of its statement. */
function readingOf(query: Query, source: string, table: string, also: string): WorkosReading {
  const begin = `
insert into ${table} as c (source, holder, held_until) values ($1::text, $2::text, ${UNTIL})
on conflict (source) do update set holder = excluded.holder, held_until = excluded.held_until
where c.holder is null or c.holder = excluded.holder or c.held_until < pg_catalog.now()
returning after`
  const advance = `
update ${table} set after = $4::text, moved_at = pg_catalog.now(), held_until = ${UNTIL}
where source = $1::text and holder = $2::text returning source`
  const end = `${also}
update ${table} set holder = null, held_until = null where source = $1::text and holder = $2::text`
  return {
    async begin({ holder, leaseMs }) {
      const [row] = await query(begin, [source, holder, String(leaseMs)])
      return row === undefined ? null : { after: (row['after'] ?? null) as string | null }
    },
    async advance({ holder, leaseMs }, after) {
      const rows = await query(advance, [source, holder, String(leaseMs), after])
      return rows.length > 0
    },
    async end({ holder }) {
      await query(end, [source, holder])
    },
  }
}

const SETTLE = `
update dualauth.workos_event set settled_at = pg_catalog.now()
where source = $1::text and id = $2::text and settled_at is null`

const UNTIL = `pg_catalog.now() + $3::text::double precision * interval '1 millisecond'`

/** WorkOS keeps events for 90 days: after that, none is sent again. */
const FORGET = `
with forgotten as (
  delete from dualauth.workos_event
  where source = $1::text and received_at < pg_catalog.now() - interval '100 days' and settled_at is not null
)`

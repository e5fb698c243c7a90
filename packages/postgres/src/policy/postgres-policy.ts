import { discreetQuery, type LoadedPolicy, type PolicySource, type Query } from '@dualauth/core'
import { functionOption, object, optionError, parseOptions, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Row } from '../sql/row.js'
import { findGood } from './find-good.js'
import { DOCUMENT, storedVersion, WRITTEN_MS, type StoredVersion } from './stored-document.js'

/**
 * Receives PostgreSQL notifications, with a driver that can: `openDatabase(url).listen`, `sql.listen` of postgres.js.
 */
export type Listen = (
  channel: string,
  /** Called with each notification, and whenever one may have been missed. */
  notified: (payload: string) => void,
) => Promise<() => unknown>

/** The options of `postgresPolicy`. */
export interface PostgresPolicyOptions {
  /** Name of the migration, as in `createDualAuth`. Default `default`. */
  readonly migration?: string
  /** Milliseconds between two polls, at least 100. Default 500. */
  readonly pollMs?: number
  /**
   * Also listens to the database, so that a change takes effect immediately. Polling continues, because a listening
   * connection can break silently and transaction poolers do not support it. Default: only polling.
   */
  readonly listen?: Listen
}

/** The channel that each policy write notifies, with the name of the migration. */
export const POLICY_CHANNEL = 'dualauth_policy'

const schema = object({
  migration: z._default(verifierName, 'default'),
  pollMs: z._default(wholeBetween(100, 3_600_000), 500),
  listen: z.exactOptional(functionOption<Listen>()),
})

/**
 * The newest policy of a migration in `dualauth.policy`, as `policies(query)` and the command line write it. Each poll
 * is one index look-up; the document is sent only if its row has changed.
 *
 * If the newest version is not a policy, because an SQL statement of your own wrote it, the newest valid one comes with
 * it as `lastGood`. Each poll checks at most 500 older versions; the next one continues from there.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function postgresPolicy(query: Query, options: PostgresPolicyOptions = {}): PolicySource {
  const { migration, pollMs, listen } = parseOptions(schema, options, 'postgresPolicy')
  if (typeof query !== 'function') throw optionError('postgresPolicy', 'takes a function that runs SQL')
  const ask = discreetQuery(query)
  let known = NOTHING
  let [turns, knownAt] = [0, 0]
  return {
    migration,
    pollMs,
    async load() {
      const turn = ++turns
      const before = known
      const [row] = await ask(NEWEST, [migration, before.version, before.row])
      if (row === undefined) return null
      const newest = typeof row['document'] === 'string' ? newestOf(row, before) : before
      const found = await searched(ask, migration, newest)
      // Of two concurrent polls, the earlier may end later.
      if (turn > knownAt) [known, knownAt] = [found, turn]
      return known.loaded
    },
    ...(listen !== undefined && {
      async watch(changed: () => void) {
        const stop = await listen(POLICY_CHANNEL, (payload) => {
          if (payload === migration || payload === '') changed()
        })
        // Nobody waits for it, and the connection may be gone already.
        return () => void (async () => stop())().catch(() => {})
      },
    }),
  }
}

/** What a source has seen. */
interface Known {
  /** The version of the newest row. */
  readonly version: string
  /** Changes with the row, so a version that somebody fixes in place is read again. */
  readonly row: string
  readonly loaded: LoadedPolicy | null
  /** The newest policy that was found. */
  readonly good: StoredVersion | null
  /** Where the search for a newer one continues; null: there is nothing to search. */
  readonly below: string | null
}

const NOTHING: Known = { version: '0', row: '', loaded: null, good: null, below: null }

/** How many versions a poll checks at most. */
const LOOK_LIMIT = 500

function newestOf(row: Row, before: Known): Known {
  const stored = storedVersion(row)
  const { version, loaded } = stored
  const seen = { version, row: String(row['row']) }
  if (stored.isGood) return { ...seen, loaded, good: stored, below: null }
  // Above the newest row: it was deleted, so an instance that starts now would not find it.
  const good = before.good !== null && BigInt(before.good.version) < BigInt(version) ? before.good : null
  return { ...seen, loaded: { ...loaded, lastGood: good?.loaded ?? null }, good, below: version }
}

async function searched(query: Query, migration: string, known: Known): Promise<Known> {
  const { version, loaded, good: before, below } = known
  if (below === null || loaded === null) return known
  const found = await findGood(query, { migration, below, above: before?.version ?? '0', limit: LOOK_LIMIT })
  if (found.good !== null) {
    const { good } = found
    return { ...known, loaded: { ...loaded, lastGood: good.loaded }, good, below: null }
  }
  // Without any policy, nobody can use the API: somebody may fix an older version, so all of them are checked again.
  return { ...known, below: found.below ?? (before === null ? version : null) }
}

// A version's content never changes, so a known one need not be sent again. `version` alone would mean the column of
// the result, which is text: 9 before 10.
const NEWEST = `
select version::text as version, xmin::text as row, ${WRITTEN_MS} as written_ms,
  case when version <> $2::text::bigint or xmin::text <> $3::text then ${DOCUMENT} end as document
from dualauth.policy p where migration = $1::text order by p.version desc limit 1`

import { discreetQuery, type LoadedPolicy, type PolicySource, type Query } from '@dualauth/core'
import { functionOption, object, optionError, parseOptions, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { millisecondsOf } from '../sql/moments.js'

/** How notifications of PostgreSQL are received, by a driver that can: `openDatabase(url).listen`, `sql.listen` of postgres.js. */
export type Listen = (
  channel: string,
  /** Called with each notification, and whenever one may have been missed. */
  notified: (payload: string) => void,
) => Promise<() => unknown>

/** How `dualauth.policy` is asked. */
export interface PostgresPolicyOptions {
  /** Name of the migration, as in `createDualAuth`. Default `default`. */
  readonly migration?: string
  /** Milliseconds between two looks, from 100. Default 500. */
  readonly pollMs?: number
  /**
   * Also told by the database, so that a change takes effect at once. The looks go on: a connection that listens breaks without a word,
   * and poolers of transactions have none. Default: looks only.
   */
  readonly listen?: Listen
}

/** Where each write of a policy is notified, with the name of the migration. */
export const POLICY_CHANNEL = 'dualauth_policy'

/** A row's document with its version, as text. What is no object is handed over as it is: no reader takes it. */
export const DOCUMENT = `(case when jsonb_typeof(document) = 'object'
  then document || jsonb_build_object('version', version) else document end)::text`

const schema = object({
  migration: z._default(verifierName, 'default'),
  pollMs: z._default(wholeBetween(100, 3_600_000), 500),
  listen: z.exactOptional(functionOption<Listen>()),
})

/**
 * The newest policy of a migration in `dualauth.policy`, where `policies(query)` and the command line write it. One look-up
 * in an index for each look; the document travels only when its version is another.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function postgresPolicy(query: Query, options: PostgresPolicyOptions = {}): PolicySource {
  const { migration, pollMs, listen } = parseOptions(schema, options, 'postgresPolicy')
  if (typeof query !== 'function') throw optionError('postgresPolicy', 'takes a function that runs SQL')
  const ask = discreetQuery(query)
  let version = '0'
  let known: LoadedPolicy | null = null
  return {
    pollMs,
    async load() {
      const [row] = await ask(NEWEST, [migration, version])
      if (row === undefined) return null
      const { document } = row
      if (typeof document === 'string') {
        version = String(row['version'])
        known = { document: JSON.parse(document) as unknown, writtenAt: Number(row['written_ms']) }
      }
      return known
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

// A version never changes its content: what is known need not be sent again. `version` alone would be the column of the
// result, which is text: 9 before 10.
const NEWEST = `
select version::text as version, ${millisecondsOf('created_at')} as written_ms,
  case when version <> $2::text::bigint then ${DOCUMENT} end as document
from dualauth.policy p where migration = $1::text order by p.version desc limit 1`

import { AuthError, type Query } from '@dualauth/core'
import { within } from '@dualauth/core/adapter'
import { functionOption, object, parseOptions, text, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { LINKED_BY } from '../events/words.js'
import { createNames, listed } from '../port/series.js'
import type { Collector, Figure } from './collector.js'

/** The options of `postgresFigures`. */
export interface PostgresFiguresOptions {
  /** Runs SQL on the database with the schema of `@dualauth/postgres`. A role that may read the schema is enough. */
  readonly query: Query
  /** How long figures are reused, in milliseconds: each reading counts rows. Default 60,000. */
  readonly maxAgeMs?: number
  /** How long to wait for them, in milliseconds; metrics continue without them. Default 5,000. */
  readonly timeoutMs?: number
  /**
   * By verifier name, a statement that returns one row with one number, the sessions that have not ended:
   * `{ 'better-auth': 'select count(*) from "session" where "expiresAt" > now()' }`. Default none.
   */
  readonly activeSessions?: Readonly<Record<string, string>>
}

const schema = object({
  query: functionOption<Query>(),
  maxAgeMs: z._default(wholeBetween(0, 86_400_000), 60_000),
  timeoutMs: z._default(wholeBetween(1, 60_000), 5_000),
  activeSessions: z._default(z.record(verifierName, text), {}),
})

type Row = Readonly<Record<string, unknown>>

const USERS = 'select migration, pending::text, dual::text, migrated::text from dualauth.migration_progress'
/** Kinds whose conflicts are all resolved stay, as 0. */
const CONFLICTS = `select kind, pg_catalog.count(*) filter (where resolved_at is null)::text as open
from dualauth.conflict group by kind`
const LINKS = `select verifier, how, case when ended_at is null then 'active' else 'ended' end as state,
  pg_catalog.count(*)::text as links
from dualauth.identity_link group by 1, 2, 3`
const ITEMS =
  'select target, state, pg_catalog.count(*)::text as items from dualauth.import_item group by target, state'

/**
 * Figures from the database: people by how far they have moved, open conflicts, the state of imports, how people were
 * linked, and sessions if a statement is given. Only counts: no id, address or organization is read.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * prometheusMetrics({ register, collectors: [postgresFigures({ query })] })
 */
export function postgresFigures(options: PostgresFiguresOptions): Collector {
  const { query, maxAgeMs, timeoutMs, activeSessions } = parseOptions(schema, options, 'postgresFigures')
  const nameOf = createNames()
  let last: { readonly figures: readonly Figure[]; readonly at: number } | null = null
  let underWay: Promise<readonly Figure[]> | null = null

  async function look(): Promise<readonly Figure[]> {
    const [users, conflicts, items, links, ...sessions] = await Promise.all([
      query(USERS, []),
      query(CONFLICTS, []),
      query(ITEMS, []),
      query(LINKS, []),
      ...Object.values(activeSessions).map((statement) => query(statement, [])),
    ])
    const figures = [
      ...(users as readonly Row[]).flatMap((row) => userFigures(row, nameOf)),
      ...(conflicts as readonly Row[]).map((row) => conflictFigure(row, nameOf)),
      ...(items as readonly Row[]).map((row) => itemFigure(row, nameOf)),
      ...(links as readonly Row[]).map((row) => linkFigure(row, nameOf)),
      ...Object.keys(activeSessions).map((provider, place) =>
        sessionFigure(provider, (sessions[place] as readonly Row[])[0]),
      ),
    ]
    last = { figures, at: performance.now() }
    return figures
  }

  return {
    name: 'postgres',
    async read() {
      if (last !== null && performance.now() - last.at < maxAgeMs) return last.figures
      // A database that hangs is asked only once.
      underWay ??= look().finally(() => (underWay = null))
      const figures = await within(underWay, timeoutMs)
      if (figures === null) throw new AuthError('store_unavailable')
      return figures
    },
  }
}

type NameOf = (name: string) => string

function userFigures(row: Row, nameOf: NameOf): readonly Figure[] {
  const migration = nameOf(String(row['migration']))
  return (['pending', 'dual', 'migrated'] as const).map((status) => ({
    metric: 'users',
    labels: { migration, status },
    value: Number(row[status]),
  }))
}

function conflictFigure({ kind, open }: Row, nameOf: NameOf): Figure {
  return { metric: 'conflicts_open', labels: { kind: nameOf(String(kind)) }, value: Number(open) }
}

function itemFigure({ target, state, items }: Row, nameOf: NameOf): Figure {
  return {
    metric: 'import_items',
    labels: { target: nameOf(String(target)), state: nameOf(String(state)) },
    value: Number(items),
  }
}

function linkFigure({ verifier, how, state, links }: Row, nameOf: NameOf): Figure {
  const labels = {
    provider: nameOf(String(verifier)),
    how: listed(LINKED_BY, String(how)),
    state: String(state),
  }
  return { metric: 'links', labels, value: Number(links) }
}

/** Whatever the name of its only column. */
function sessionFigure(provider: string, row: Row | undefined): Figure {
  const value = Number(Object.values(row ?? {})[0])
  if (!Number.isFinite(value)) throw new AuthError('store_unavailable')
  return { metric: 'active_sessions', labels: { provider }, value }
}

import { isAuthError, type Query, type WorkosListedOutcome, type WorkosObjectKind } from '@dualauth/core'
import { castTo, IS_NEWER, setClause } from './apply.js'
import { KINDS, type Kind, type ReadObject } from './kinds.js'

/**
 * Keeps a page of objects listed by the API, in one statement. They are ordered like events, so it does not matter
 * which comes first. A listed object counts as older than any event with the same `updated_at`.
 */
export async function keepListed(
  query: Query,
  source: string,
  kind: WorkosObjectKind,
  objects: readonly unknown[],
  dryRun: boolean,
): Promise<readonly WorkosListedOutcome[]> {
  const kindOf = KINDS.find(({ prefix }) => prefix === kind)
  if (kindOf === undefined) throw new TypeError('workosSync.keep: there is no such kind')
  const read = objects.map((object) => readListed(kindOf, object))
  // PostgreSQL changes no row twice in one statement. A list that has an object twice says the same of it twice.
  const rows = new Map(read.flatMap((one) => (one === null ? [] : [[one.id, rowOf(one)] as const])))
  if (rows.size === 0) return read.map(() => 'refused')
  const found = await query(statementOf(kindOf, dryRun), [source, JSON.stringify([...rows.values()])])
  const outcomes = new Map(found.map((row) => [row['id'], row['outcome'] as WorkosListedOutcome]))
  return read.map((one) => (one === null ? 'refused' : (outcomes.get(one.id) ?? 'stale')))
}

/** Null if it cannot be read: it must not stop the others of its page. */
function readListed(kind: Kind, object: unknown): ReadObject | null {
  try {
    return kind.read(object as Parameters<Kind['read']>[0], false)
  } catch (error) {
    if (isAuthError(error) && error.code === 'request_invalid') return null
    throw error
  }
}

function rowOf({ id, updatedAt, values }: ReadObject): Readonly<Record<string, string | null>> {
  return { ...values, id, updated_at: updatedAt }
}

/** With the same `updated_at`, every event is newer. */
const NO_EVENT = `'-infinity'::timestamptz as event_at, ''::text as event_id`

function given({ columns }: Kind): string {
  const names = columns.map(([name]) => name)
  const own = columns.map(([name, cast]) => `${castTo(cast, `g.${name}`)} as ${name}`)
  return `
select $1::text as source, g.id, false as deleted, g.updated_at::timestamptz as updated_at, ${NO_EVENT}, ${own.join(', ')}
from pg_catalog.json_to_recordset($2::text::json) as g (id text, updated_at text, ${names.map((name) => `${name} text`).join(', ')})`
}

/** Comparing with the row as it was decides each outcome; the insert compares with concurrent writers. */
function statementOf(kind: Kind, dryRun: boolean): string {
  const names = kind.columns.map(([name]) => name)
  const all = ['source', 'id', 'deleted', 'updated_at', 'event_at', 'event_id', ...names].join(', ')
  const stored = `, stored as (
  insert into ${kind.table} as t (${all}) select ${all} from given
  on conflict (source, id) do update set ${setClause(names)}
  where ${IS_NEWER}
  returning id
)`
  const isWritten = dryRun ? `t.id is null or (${IS_NEWER})` : 'exists (select from stored s where s.id = excluded.id)'
  return `
with given as (${given(kind)}
)${dryRun ? '' : stored}
select excluded.id, case
  when ${isWritten} then 'applied'
  when not t.deleted and t.updated_at = excluded.updated_at then 'known'
  else 'stale'
end as outcome
from given excluded left join ${kind.table} t on t.source = $1::text and t.id = excluded.id`
}

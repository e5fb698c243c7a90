import type { Query, WorkosEvent, WorkosEventOutcome } from '@dualauth/core'
import { KINDS, type Kind } from './kinds.js'

type Change = 'created' | 'updated' | 'deleted'

/** What an event changes; null if it is not kept. */
function changeOf(type: string): { readonly kind: Kind; readonly change: Change } | null {
  const dot = type.lastIndexOf('.')
  const change = type.slice(dot + 1)
  const kind = KINDS.find(({ prefix }) => prefix === type.slice(0, dot))
  if (kind === undefined || (change !== 'created' && change !== 'updated' && change !== 'deleted')) return null
  return { kind, change }
}

/** One statement, whatever the event is. */
export async function applyEvent(
  query: Query,
  source: string,
  event: WorkosEvent,
  settle: boolean,
): Promise<WorkosEventOutcome> {
  const seen = [source, event.id, event.event, event.createdAt, String(settle)]
  const found = changeOf(event.event)
  if (found === null) {
    const [row] = await query(SEE, seen)
    return row?.['settled'] === 'true' ? 'duplicate' : 'unknown'
  }
  const { kind, change } = found
  const { id, updatedAt, values } = kind.read(event.data, change === 'deleted')
  const own = kind.columns.map(([name]) => values[name] ?? null)
  const [row] = await query(statementOf(kind), [
    ...seen,
    id,
    String(change === 'deleted'),
    updatedAt ?? event.createdAt,
    ...own,
  ])
  if (row?.['settled'] === 'true') return 'duplicate'
  return row?.['newest'] === 'true' ? 'applied' : 'stale'
}

// For an event that was settled before, this statement changes nothing: its content was stored then.
const SEEN = `
seen as (
  insert into dualauth.workos_event (source, id, type, created_at, settled_at)
  values ($1::text, $2::text, $3::text, $4::text::timestamptz, case when $5::text::boolean then pg_catalog.now() end)
  on conflict (source, id) do update set settled_at = excluded.settled_at
  where workos_event.settled_at is null and excluded.settled_at is not null
), before as (
  select settled_at is not null as settled from dualauth.workos_event where source = $1::text and id = $2::text
)`
const SETTLED = `coalesce((select settled from before), false)::text as settled`
const SEE = `with ${SEEN} select ${SETTLED}`

/** Whether the given row (`excluded`) replaces the row `t`, if neither is a deletion. */
export const IS_NEWER = `not t.deleted and (excluded.updated_at, excluded.event_at, excluded.event_id) > (t.updated_at, t.event_at, t.event_id)`

/** The columns of a kind, and those that all kinds have. */
export function setClause(names: readonly string[]): string {
  return [...names, 'deleted', 'updated_at', 'event_at', 'event_id']
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')
}

/**
 * The newest wins, in an order that is the same everywhere: the time at which the object was changed, then the time and
 * the id of the event. A deletion wins over everything but an earlier deletion, which only a repetition can be.
 * PostgreSQL compares with the row as it is once locked, so concurrent events end as they would one after the other.
 */
function statementOf({ table, columns }: Kind): string {
  const names = columns.map(([name]) => name)
  const values = columns.map(([, cast], index) => castTo(cast, `$${index + 9}`))
  return `
with ${SEEN}, stored as (
  insert into ${table} as t (source, event_id, event_at, id, deleted, updated_at, ${names.join(', ')})
  values ($1::text, $2::text, $4::text::timestamptz, $6::text, $7::text::boolean, $8::text::timestamptz, ${values.join(', ')})
  on conflict (source, id) do update set ${setClause(names)}
  where case
    when excluded.deleted then not t.deleted or (excluded.event_at, excluded.event_id) < (t.event_at, t.event_id)
    else ${IS_NEWER}
  end
  returning 1
)
select ${SETTLED}, (exists (select from stored) or exists (
  select from ${table} where source = $1::text and id = $6::text and event_id = $2::text
))::text as newest`
}

/** @param parameter SQL of a text. */
export function castTo(cast: string, parameter: string): string {
  return cast === 'list'
    ? `array(select pg_catalog.json_array_elements_text(${parameter}::text::json))`
    : `${parameter}::text`
}

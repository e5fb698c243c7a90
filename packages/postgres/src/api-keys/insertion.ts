import type { ApiKeyOwner } from '@dualauth/core'
import { isIdOf } from '../sql/id-column.js'
import { noted, ofOwner } from './key-store.js'
import type { KeyColumn, KeyTable } from './key-table.js'
import { inForm, interval, isActive, nowAs, shown, type Params } from './statement.js'

/** The row of a new key. */
export interface NewKey {
  readonly start: string
  readonly hash: string
  readonly owner: ApiKeyOwner
  readonly organization: string | null
  readonly scopes: readonly string[]
  readonly name: string | null
  readonly lifetimeMs: number | null
  readonly by: string
}

/** Builds one statement. It returns no id if another one was faster, or if the limit is reached. */
export function insertion(table: KeyTable, made: NewKey, maxActive: number | undefined, sent: Params): string {
  const { owner } = made
  const { names, values } = columnsOf(table, made, sent)
  const turn = maxActive === undefined ? '' : turnOf(table, owner, maxActive, sent)
  const when =
    maxActive === undefined
      ? ''
      : ' where exists (select 1 from turn) and (select active from counted) < ' + sent.add(String(maxActive), 'bigint')
  const alone = maxActive === undefined ? `'true'` : `exists (select 1 from turn)::text`
  return `with ${turn}made as (insert into ${table.name} as k (${names}) select ${values}${when} returning k.*),
    ${noted(table, 'api_key.created', sent.add(made.by), 'made k')}
    select ${alone} as is_alone, shown.* from (select 1) as one left join (${shown(table, 'made')}) as shown on true`
}

/**
 * A statement counts the keys that existed when it began. It may rely on that number only if no other statement has
 * created a key for this owner since. One that had to wait finds a different number here than it saw, writes nothing,
 * and is run again.
 */
function turnOf(table: KeyTable, owner: ApiKeyOwner, maxActive: number, sent: Params): string {
  const [kind, id] = [sent.add(owner.kind), sent.add(owner.id)]
  return `seen as (select made from dualauth.api_key_owner where owner_kind = ${kind} and owner_id = ${id}),
    turn as (insert into dualauth.api_key_owner as o (owner_kind, owner_id, made) values (${kind}, ${id}, 1)
      on conflict (owner_kind, owner_id) do update set made = o.made + 1
      where o.made = coalesce((select made from seen), 0) returning o.made),
    counted as (select pg_catalog.count(*) as active from ${table.name} k where ${ofOwner(table, owner, sent)} and ${isActive(table)}),
    `
}

/** The columns that exist, and what to write to them. */
function columnsOf(table: KeyTable, made: NewKey, sent: Params): { readonly names: string; readonly values: string } {
  const { columns } = table
  const { owner, by } = made
  const pairs: [string, string][] = []
  const fill = (column: KeyColumn | undefined, value: (type: string) => string): void => {
    if (column !== undefined) pairs.push([column.name, value(column.type)])
  }
  if (!table.makesIds) fill(columns.id, (type) => sent.add(newId(type), type))
  fill(columns.hash, (type) => sent.add(made.hash, type))
  fill(columns.ownerId, (type) => sent.add(owner.id, type))
  fill(columns.ownerKind, (type) => sent.add(owner.kind, type))
  const organization = made.organization ?? (owner.kind === 'organization' ? owner.id : null)
  fill(columns.organization, (type) => sent.add(organization, type))
  // Without a name, the column's own default applies.
  if (made.name !== null) fill(columns.name, (type) => sent.add(made.name, type))
  fill(columns.start, (type) => sent.add(made.start, type))
  fill(columns.scopes, (type) => scopesAs(type, made.scopes, sent))
  fill(columns.createdBy, (type) => sent.add(isIdOf(type, by) ? by : null, type))
  if (columns.createdAt !== undefined) pairs.push([columns.createdAt.name, nowAs(columns.createdAt)])
  fill(columns.expiresAt, (type) => endAs(type, made.lifetimeMs, sent))
  return { names: pairs.map(([name]) => name).join(', '), values: pairs.map(([, value]) => value).join(', ') }
}

/** The id of a new key, if the database does not make it. */
export function newId(type: string): string {
  const uuid = globalThis.crypto.randomUUID()
  return type === 'uuid' ? uuid : `key_${uuid}`
}

/** When a key with this lifetime expires, in the form of its column. */
export function endAs(type: string, lifetimeMs: number | null, sent: Params): string {
  if (lifetimeMs === null) return 'null'
  return inForm(`pg_catalog.now() + ${interval(sent.add(String(lifetimeMs), 'float8'))}`, type)
}

function scopesAs(type: string, scopes: readonly string[], sent: Params): string {
  if (type.endsWith('[]'))
    return `array(select pg_catalog.json_array_elements_text(${sent.add(JSON.stringify(scopes), 'json')}))::${type}`
  return type.startsWith('json') ? sent.add(JSON.stringify(scopes), type) : sent.add(scopes.join(' '), type)
}

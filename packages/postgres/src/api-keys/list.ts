import type { ApiKeyManagement, ApiKeyOwner } from '@dualauth/core'
import { object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { operatorOf } from '../sql/compare.js'
import { isIdOf, isKey } from '../sql/id-column.js'
import type { Row } from '../sql/row.js'
import { ask } from './ask.js'
import { mayOwn, ofOwner, type KeyStore } from './key-store.js'
import type { KeyColumn, KeyTable } from './key-table.js'
import { readManaged } from './read-key.js'
import { invalid } from './refuse.js'
import { momentOf, params, shown, type Params } from './statement.js'

const schema = object({
  owner: object({ kind: z.enum(['user', 'service', 'organization']), id: text }),
  // Checked as caller input.
  cursor: z.optional(z.unknown()),
  limit: z._default(wholeBetween(1, 100), 50),
})

/** A page of an owner's keys, newest first. */
export async function list(
  store: KeyStore,
  options: Parameters<ApiKeyManagement['list']>[0],
): ReturnType<ApiKeyManagement['list']> {
  const { owner, limit, cursor = null } = parseOptions(schema, options, 'list')
  const table = await store.table()
  const after = cursor === null ? null : readCursor(cursor, table)
  if (after === undefined) return invalid('cursor: is not from this list')
  if (!mayOwn(table, store.options, owner)) return { ok: true, keys: [], cursor: null }
  const sent = params()
  // One more shows whether there is another page.
  const rows = await ask(store.query, page(table, owner, after, limit + 1, sent), sent)
  const shownRows = rows.slice(0, limit)
  const last = rows.length > limit ? shownRows.at(-1) : undefined
  return {
    ok: true,
    keys: shownRows.map((row) => readManaged(row, store.options)),
    cursor: last === undefined ? null : writeCursor(last),
  }
}

interface Place {
  /** Microseconds since the epoch, as PostgreSQL counts; null if the table does not record when keys were created. */
  readonly at: string | null
  readonly id: string
}

function page(table: KeyTable, owner: ApiKeyOwner, after: Place | null, limit: number, sent: Params): string {
  const { id } = table.columns
  const made = madeAt(table)
  const order = made === null ? `k.${id.name} desc` : `${made} desc, k.${id.name} desc`
  const at = made === null ? 'null' : `(extract(epoch from ${made})::numeric * 1000000::numeric)::bigint::text`
  const where = [ofOwner(table, owner, sent)]
  if (after !== null) {
    const last = sent.add(after.id, id.type)
    where.push(made === null ? isBefore(id, last) : isBeforeAt(made, momentAt(after.at, sent), id, last))
  }
  const rows = `(select k.*, ${at} as dualauth_at, pg_catalog.row_number() over (order by ${order}) as dualauth_place
    from ${table.name} k where ${where.join(' and ')} order by ${order} limit ${sent.add(String(limit), 'bigint')})`
  return `select page.* from (${shown(table, rows, 'k.dualauth_at, k.dualauth_place,')}) page order by page.dualauth_place`
}

function isBefore(id: KeyColumn, last: string): string {
  return `k.${id.name} ${operatorOf(id, '<')} ${last}`
}

/** Compares by time, then by id. */
function isBeforeAt(made: string, at: string, id: KeyColumn, last: string): string {
  // Comparing both as a row can use an index; ids of an extension's type have their own operator.
  return id.operators === 'pg_catalog'
    ? `(${made}, k.${id.name}) ${operatorOf(id, '<')} (${at}, ${last})`
    : `(${made} < ${at} or (${made} = ${at} and ${isBefore(id, last)}))`
}

function momentAt(microseconds: string | null, sent: Params): string {
  return `timestamptz 'epoch' + ${sent.add(microseconds, 'float8')} * interval '1 microsecond'`
}

/** When a key was created, for every row: the application's table may hold null or infinity there. */
function madeAt({ columns: { createdAt }, isOwn }: KeyTable): string | null {
  if (createdAt === undefined) return null
  const moment = momentOf(createdAt)
  return isOwn ? moment : `case when pg_catalog.isfinite(${moment}) then ${moment} else 'epoch' end`
}

function writeCursor(row: Row): string {
  const place = JSON.stringify([row['dualauth_at'] ?? null, row['id']])
  return btoa(String.fromCharCode(...new TextEncoder().encode(place)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Undefined if it is not a cursor of this table. */
function readCursor(cursor: unknown, table: KeyTable): Place | undefined {
  if (typeof cursor !== 'string' || !/^[\w-]{1,2048}$/.test(cursor)) return undefined
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
    const [at, id] = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as [unknown, unknown]
    const isPlace = madeAt(table) === null ? at === null : typeof at === 'string' && /^-?\d{1,18}$/.test(at)
    if (!isPlace || typeof id !== 'string' || !isKey(id) || !isIdOf(table.columns.id.type, id)) return undefined
    return { at: at as string | null, id }
  } catch {
    return undefined
  }
}

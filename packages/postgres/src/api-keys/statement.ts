import { millisecondsOf } from '../sql/moments.js'
import type { KeyColumn, KeyTable } from './key-table.js'
import type { Field } from './key-columns.js'

/** The parameters of a statement being built: all text, because drivers encode everything else differently. */
export interface Params {
  readonly values: (string | null)[]
  /** Adds a value; returns its placeholder, cast to a type. */
  add(value: string | null, type?: string): string
}

export function params(): Params {
  const values: (string | null)[] = []
  return {
    values,
    add(value, type = 'text') {
      values.push(value)
      const place = `$${values.length}::text`
      return type === 'text' ? place : `${place}::${type}`
    },
  }
}

/** The current time, in the form of a column: UTC without a zone, as JavaScript writes it. */
export function nowAs({ type }: KeyColumn): string {
  return inForm('pg_catalog.now()', type)
}

export function inForm(moment: string, type: string): string {
  return type === 'timestamp without time zone' ? `((${moment}) at time zone 'utc')` : moment
}

/** An interval, from a number of milliseconds. */
export function interval(milliseconds: string): string {
  return `(${milliseconds} * interval '1 millisecond')`
}

/** A column as a time with a zone. */
export function momentOf({ name, type }: KeyColumn, alias = 'k'): string {
  const column = `${alias}.${name}`
  return type === 'timestamp without time zone' ? `(${column} at time zone 'utc')` : `${column}::${type}`
}

/** Whether a key can be used now. */
export function isActive({ columns }: Pick<KeyTable, 'columns'>, alias = 'k'): string {
  const { revokedAt, expiresAt } = columns
  const alive = `${alias}.${revokedAt.name} is null`
  if (expiresAt === undefined) return alive
  return `(${alive} and (${alias}.${expiresAt.name} is null or ${momentOf(expiresAt, alias)} > pg_catalog.now()))`
}

/** The columns of a key as text, under our own names; its hash is left out. */
export function shown({ columns, source }: KeyTable, from: string, more = ''): string {
  const text = (field: Field) => (columns[field] === undefined ? 'null' : `k.${columns[field].name}::text`)
  const moment = (field: Field) => (columns[field] === undefined ? 'null' : millisecondsOf(momentOf(columns[field])))
  return `select ${more} k.${columns.id.name}::text as id, ${text('ownerKind')} as owner_kind, ${text('ownerId')} as owner_id,
    ${text('organization')} as organization, ${text('name')} as name, ${text('start')} as start,
    ${scopesOf(columns.scopes)} as scopes, ${moment('createdAt')} as created_at, ${moment('lastUsedAt')} as last_used_at,
    ${moment('expiresAt')} as expires_at, ${moment('revokedAt')} as revoked_at,
    (k.${columns.revokedAt.name} is not null)::text as is_revoked, ${isActive({ columns })}::text as is_active,
    ${millisecondsOf('r.rotated_at')} as rotated_at
    from ${from} k left join dualauth.api_key_rotation r
    on r.source = ${source} and r.key_id = k.${columns.id.name}::text`
}

/** Lists as JSON; text unchanged. */
export function scopesOf(column: KeyColumn | undefined): string {
  if (column === undefined) return 'null'
  const name = `k.${column.name}`
  return column.type.endsWith('[]') ? `pg_catalog.array_to_json(${name})::text` : `${name}::text`
}

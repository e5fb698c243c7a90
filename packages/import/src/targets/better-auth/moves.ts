import { quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'

/**
 * SQL of the key under which `lazyImport` of `@dualauth/passwords` looks up moves.
 * @param text SQL of the id, or of the address in lower case.
 */
export function moveKey(what: 'address' | 'password' | 'user', text: string): string {
  return `'${what}:' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${text}, 'UTF8')), 'hex')`
}

/** SQL of whether one of these keys has moved. */
export function hasMoved(moves: Model | null, key: string): string {
  return moves === null ? 'false' : `exists (select from ${moves.table} m where m.${columnOf(moves, 'key')} = ${key})`
}

/**
 * SQL that notes moves.
 * @param keys SQL of a query with one column, `key`.
 */
export function noteMoves(moves: Model, keys: string): string {
  const { id, movedAt } = moves.columns as Readonly<Record<string, NonNullable<Model['columns'][string]>>>
  const own = id!.isDemanded ? [quoteName(id!.name), `pg_catalog.gen_random_uuid()::text::${id!.type}`] : null
  return `insert into ${moves.table} (${columnOf(moves, 'key')}, ${columnOf(moves, 'movedAt')}${own === null ? '' : `, ${own[0]}`})
  select noted.key, pg_catalog.now()::${movedAt!.type}${own === null ? '' : `, ${own[1]}`} from (${keys}) as noted
  on conflict do nothing`
}

export function columnOf(moves: Model, field: 'key' | 'movedAt'): string {
  return quoteName(moves.columns[field]!.name)
}

import type { ApiKeyRefusal, ApiKeyTarget, ChangedApiKey, ManagedApiKey } from '@dualauth/core'
import { between, object, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { equalsSql } from '../sql/compare.js'
import { ask } from './ask.js'
import { noted, ofTarget, type KeyStore } from './key-store.js'
import type { KeyTable } from './key-table.js'
import { readManaged } from './read-key.js'
import { invalid, isName, notFound } from './refuse.js'
import { inForm, interval, momentOf, nowAs, params, shown, type Params } from './statement.js'

/** Builds one statement for a target. */
type Statement = (table: KeyTable, target: string, sent: Params) => string

/** One key. */
export async function get(store: KeyStore, target: ApiKeyTarget): Promise<ManagedApiKey | null> {
  const found = await change(store, target, (table, where) => `${shown(table, table.name)} where ${where}`)
  return found.ok ? found.apiKey : null
}

/** Renames a key. */
export async function rename(
  store: KeyStore,
  target: ApiKeyTarget & { readonly name: string | null },
): Promise<ChangedApiKey | ApiKeyRefusal> {
  const { name } = target
  if (!isName(name)) return invalid('name: must be text of 1 to 200 characters, or null')
  const column = (await store.table()).columns.name
  if (column === undefined) return invalid('name: keys have no names here')
  return change(store, target, (table, where, sent) => {
    const value = sent.add(name, column.type)
    return `with changed as (update ${table.name} k set ${column.name} = ${value} where ${where} returning k.*)
      ${shown(table, 'changed')}`
  })
}

const byWhom = object({ by: z.exactOptional(text) })

/** Revokes a key now. */
export function revoke(
  store: KeyStore,
  target: ApiKeyTarget & { readonly by?: string },
): Promise<ChangedApiKey | ApiKeyRefusal> {
  const { by = null } = parseOptions(byWhom, { by: target.by }, 'revoke')
  return change(store, target, (table, where, sent) => {
    const { id, revokedAt } = table.columns
    // A locked row is read in its newest version, so the second of two calls sees the time of the first.
    return `with target as (select k.${id.name} as id, k.${revokedAt.name} is null as is_first
        from ${table.name} k where ${where} for update),
      changed as (update ${table.name} k set ${revokedAt.name} = coalesce(k.${revokedAt.name}, ${nowAs(revokedAt)})
        from target where ${equalsSql(`k.${id.name}`, id, 'target.id')} returning k.*, target.is_first as dualauth_is_first),
      ${noted(table, 'api_key.revoked', sent.add(by), 'changed k where k.dualauth_is_first')}
      ${shown(table, 'changed')}`
  })
}

const expiry = object({ by: z.exactOptional(text), afterMs: between(0, 3_155_760_000_000) })

/** Makes a key expire later. */
export async function expire(
  store: KeyStore,
  target: ApiKeyTarget & { readonly afterMs: number; readonly by?: string },
): Promise<ChangedApiKey | ApiKeyRefusal> {
  const { afterMs, by = null } = parseOptions(expiry, { by: target.by, afterMs: target.afterMs }, 'expire')
  const column = (await store.table()).columns.expiresAt
  if (column === undefined) return invalid('keys do not expire here')
  return change(store, target, (table, where, sent) => {
    const end = `pg_catalog.now() + ${interval(sent.add(String(afterMs), 'float8'))}`
    const sooner = inForm(`least(${momentOf(column)}, ${end})`, column.type)
    return `with changed as (update ${table.name} k set ${column.name} = ${sooner} where ${where} returning k.*),
      ${noted(table, 'api_key.expired', sent.add(by), 'changed k')}
      ${shown(table, 'changed')}`
  })
}

async function change(store: KeyStore, target: ApiKeyTarget, write: Statement): Promise<ChangedApiKey | ApiKeyRefusal> {
  const table = await store.table()
  const sent = params()
  const where = ofTarget(table, store.options, target, sent)
  if (where === null) return notFound()
  const [row] = await ask(store.query, write(table, where, sent), sent, store.options.columns.name)
  return row === undefined ? notFound() : { ok: true, apiKey: readManaged(row, store.options) }
}

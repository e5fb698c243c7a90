import {
  AuthError,
  createApiKey,
  type ApiKeyRefusal,
  type ApiKeyTarget,
  type MintedApiKey,
  type RotateApiKeyInput,
} from '@dualauth/core'
import { between, object, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { equalsSql } from '../sql/compare.js'
import { ask } from './ask.js'
import { endAs, newId } from './insertion.js'
import type { Field } from './key-columns.js'
import { noted, ofTarget, type KeyStore } from './key-store.js'
import type { KeyTable } from './key-table.js'
import { lifetime, START_LENGTH } from './mint.js'
import { readManaged } from './read-key.js'
import { invalid, notFound, refused } from './refuse.js'
import { inForm, interval, isActive, momentOf, nowAs, params, shown, type Params } from './statement.js'

/** A year. */
const MAX_OVERLAP_MS = 31_557_600_000

const schema = z.object({
  prefix: text,
  overlapMs: between(0, MAX_OVERLAP_MS),
  lifetimeMs: z.exactOptional(lifetime),
  by: z.exactOptional(text),
})

/** Replaces a key with a new one; the old key ends after their overlap. One statement. */
export async function rotate(
  store: KeyStore,
  input: ApiKeyTarget & RotateApiKeyInput,
): Promise<MintedApiKey | ApiKeyRefusal> {
  const { prefix, overlapMs, lifetimeMs, by } = parseOptions(object(schema.shape), withoutTarget(input), 'rotate')
  const table = await store.table()
  if (table.columns.expiresAt === undefined) return invalid('keys do not expire here, so they cannot be rotated')
  const { key } = await createApiKey({ prefix, owner: { kind: 'user', id: 'rotate' }, scopes: [] })
  const sent = params()
  const target = ofTarget(table, store.options, input, sent)
  if (target === null) return notFound()
  const made = { hash: await store.hash(key), start: key.slice(0, prefix.length + START_LENGTH), lifetimeMs }
  const [row] = await ask(store.query, rotation(table, target, made, overlapMs, by ?? null, sent), sent)
  if (row?.['id'] != null) return { ok: true, key, apiKey: readManaged(row, store.options) }
  return row?.['is_known'] === 'true' ? refused(new AuthError('resource_conflict', { detail: ENDED })) : notFound()
}

const ENDED = 'the key was rotated before, or it has ended'

function withoutTarget({ owner: _owner, id: _id, ...rest }: ApiKeyTarget & RotateApiKeyInput): object {
  return rest
}

interface Replacement {
  readonly hash: string
  readonly start: string
  readonly lifetimeMs: number | null | undefined
}

/**
 * The second of two rotations waits for the row, finds the first one recorded, and creates nothing. After a revocation there is
 * no active key to rotate.
 */
function rotation(
  table: KeyTable,
  target: string,
  made: Replacement,
  overlapMs: number,
  by: string | null,
  sent: Params,
): string {
  const { id, expiresAt } = table.columns
  const { name, source } = table
  if (expiresAt === undefined) return ''
  const end = `pg_catalog.now() + ${interval(sent.add(String(overlapMs), 'float8'))}`
  const { names, values } = copyOf(table, made, sent)
  const replacement = `, 'replacement', (select m.${id.name}::text from made m)`
  return `with old as (select k.* from ${name} k where ${target} and ${isActive(table)} for update),
    gate as (insert into dualauth.api_key_rotation (source, key_id) select ${source}, k.${id.name}::text from old k
      on conflict do nothing returning key_id),
    replaced as (select k.* from old k where exists (select 1 from gate)),
    ended as (update ${name} u set ${expiresAt.name} = ${inForm(`least(${momentOf(expiresAt, 'u')}, ${end})`, expiresAt.type)}
      from replaced k where ${equalsSql(`u.${id.name}`, id, `k.${id.name}`)}),
    made as (insert into ${name} as n (${names}) select ${values} from replaced k returning n.*),
    ${noted(table, 'api_key.rotated', sent.add(by), 'replaced k', replacement)}
    select exists (select 1 from ${name} k where ${target})::text as is_known, shown.*
      from (select 1) as one left join (${shown(table, 'made')}) as shown on true`
}

const COPIED: readonly Field[] = ['ownerId', 'ownerKind', 'organization', 'name', 'scopes', 'createdBy']

/** The columns of the new key, most of them copied from the old one. */
function copyOf(table: KeyTable, made: Replacement, sent: Params): { readonly names: string; readonly values: string } {
  const { columns } = table
  const pairs: [string, string][] = COPIED.flatMap((field) => {
    const column = columns[field]
    return column === undefined ? [] : [[column.name, `k.${column.name}`] as [string, string]]
  })
  if (!table.makesIds) pairs.push([columns.id.name, sent.add(newId(columns.id.type), columns.id.type)])
  pairs.push([columns.hash.name, sent.add(made.hash, columns.hash.type)])
  if (columns.start !== undefined) pairs.push([columns.start.name, sent.add(made.start, columns.start.type)])
  if (columns.createdAt !== undefined) pairs.push([columns.createdAt.name, nowAs(columns.createdAt)])
  if (columns.expiresAt !== undefined)
    pairs.push([
      columns.expiresAt.name,
      made.lifetimeMs === undefined ? asLongAsBefore(table) : endAs(columns.expiresAt.type, made.lifetimeMs, sent),
    ])
  return { names: pairs.map(([name]) => name).join(', '), values: pairs.map(([, value]) => value).join(', ') }
}

/**
 * The new key gets the old key's lifetime, starting now. If it is unknown when the old key was created, both end at the
 * same time.
 */
function asLongAsBefore({ columns: { createdAt, expiresAt } }: KeyTable): string {
  if (expiresAt === undefined) return 'null'
  if (createdAt === undefined) return `k.${expiresAt.name}`
  const [from, until] = [momentOf(createdAt), momentOf(expiresAt)]
  const again = inForm(`pg_catalog.now() + (${until} - ${from})`, expiresAt.type)
  return `case when pg_catalog.isfinite(${from}) and pg_catalog.isfinite(${until}) then ${again} else k.${expiresAt.name} end`
}

import type { ApiKeyRecord } from '@dualauth/core'
import { equalsSql, operatorOf } from '../sql/compare.js'
import { isStorable } from '../sql/id-column.js'
import type { KeyStore } from './key-store.js'
import type { KeyTable } from './key-table.js'
import { readRecord } from './read-key.js'
import { millisecondsOf } from '../sql/moments.js'
import { sqlStateOf } from '../sql/sql-state.js'
import type { Row } from '../sql/row.js'
import { isActive, momentOf, nowAs, scopesOf } from './statement.js'
import type { Field } from './key-columns.js'

const READ_ONLY = '25006'
/** How long nothing is written after a database refused to. */
const READ_ONLY_MS = 60_000

export interface LookUp {
  (hash: string): Promise<ApiKeyRecord | null>
  /** Runs the same statement for no key. Rejects if the role may not read keys or record their use. */
  ready(): Promise<void>
}

/**
 * Finds the key with a hash and records its use, in one statement. A read-only database (a standby, a failover,
 * maintenance) still finds keys.
 */
export function createLookUp(store: KeyStore): LookUp {
  const { query, options } = store
  let prepared: { readonly table: KeyTable; readonly noting: string; readonly plain: string } | null = null
  let plainUntil = 0

  async function rowsOf(table: KeyTable, hash: string): Promise<readonly Row[]> {
    if (prepared?.table !== table)
      prepared = { table, noting: lookUp(table, options.writeLastUse), plain: lookUp(table, false) }
    const { noting, plain } = prepared
    if (performance.now() < plainUntil) return query(plain, [hash])
    try {
      return await query(noting, [hash])
    } catch (error) {
      if (sqlStateOf(error) !== READ_ONLY) throw error
      plainUntil = performance.now() + READ_ONLY_MS
      return query(plain, [hash])
    }
  }

  const find = async (hash: string): Promise<ApiKeyRecord | null> => {
    const table = await store.table()
    if (!isStorable(hash)) return null
    const rows = await rowsOf(table, hash)
    if (rows.length > 1) throw new TypeError('storedApiKeys: two keys have one hash; give the column a unique index')
    return rows[0] === undefined ? null : readRecord(rows[0], hash, options)
  }
  return Object.assign(find, { ready: async () => void (await rowsOf(await store.table(), '')) })
}

function lookUp(table: KeyTable, writeLastUse: boolean): string {
  const { columns, name } = table
  const text = (field: Field) => (columns[field] === undefined ? 'null' : `k.${columns[field].name}::text`)
  const moment = (field: Field) => (columns[field] === undefined ? 'null' : millisecondsOf(momentOf(columns[field])))
  const byHash = equalsSql(`k.${columns.hash.name}`, columns.hash, `$1::text::${columns.hash.type}`)
  const used = writeLastUse && columns.lastUsedAt !== undefined ? `with used as (${touch(table, byHash)})\n` : ''
  return `${used}select k.${columns.id.name}::text as id, ${text('ownerKind')} as owner_kind,
    ${text('ownerId')} as owner_id, ${text('organization')} as organization, ${text('name')} as name,
    ${scopesOf(columns.scopes)} as scopes, ${moment('createdAt')} as created_at, ${moment('expiresAt')} as expires_at,
    ${moment('revokedAt')} as revoked_at, (k.${columns.revokedAt.name} is not null)::text as is_revoked,
    ${remaining(table)} as remaining_ms
    from ${name} k where ${byHash} limit 2`
}

/** At most once a minute, and never waiting for a row that another transaction has locked. */
function touch(table: KeyTable, byHash: string): string {
  const { columns, name } = table
  const { id, lastUsedAt } = columns
  if (lastUsedAt === undefined) return ''
  const used = momentOf(lastUsedAt)
  return `update ${name} u set ${lastUsedAt.name} = ${nowAs(lastUsedAt)} where u.${id.name} ${operatorOf(id, '=')} any (
    select k.${id.name} from ${name} k where ${byHash} and ${isActive(table)}
    and (${used} is null or ${used} < pg_catalog.now() - interval '1 minute') for update skip locked)`
}

/** Null never expires; `infinity` counts as null, and `-infinity` as long ago. */
function remaining({ columns: { expiresAt } }: KeyTable): string {
  if (expiresAt === undefined) return 'null'
  const end = momentOf(expiresAt)
  return `case when pg_catalog.isfinite(${end}) then pg_catalog.floor(extract(epoch from ${end} - pg_catalog.now())::numeric * 1000::numeric)::bigint
    when ${end} = '-infinity' then -1 end::text`
}

import { hashApiKey, type ApiKeyOwner, type ApiKeyTarget, type Query } from '@dualauth/core'
import { auditedBy } from '../audit/audited.js'
import { equalsSql } from '../sql/compare.js'
import { isIdOf, isKey } from '../sql/id-column.js'
import type { ParsedOptions } from './key-columns.js'
import { describeKeyTable, ownKeyTable, type KeyColumn, type KeyTable } from './key-table.js'
import { inHex, withPadding } from './spell-hash.js'
import type { Params } from './statement.js'

/** As `createApiKey` takes it. */
const MAX_OWNER_ID = 255

/** What all operations share. */
export interface KeyStore {
  readonly query: Query
  readonly options: ParsedOptions
  /** Reads the catalog once; again after a failure. */
  table(): Promise<KeyTable>
  hash(key: string): Promise<string>
}

export function createKeyStore(query: Query, options: ParsedOptions): KeyStore {
  let known: Promise<KeyTable> | null = options.isOwn ? Promise.resolve(ownKeyTable(options)) : null
  return {
    query,
    options,
    table() {
      if (known !== null) return known
      const asked = describeKeyTable(query, options)
      known = asked
      asked.catch(() => void (known = null))
      return asked
    },
    async hash(key) {
      const { hash } = options
      if (typeof hash === 'function') return hash(key)
      const base64url = await hashApiKey(key)
      return hash === 'hex' ? inHex(base64url) : hash === 'base64' ? withPadding(base64url) : base64url
    },
  }
}

/** Whether this owner can have keys in this table at all. */
export function mayOwn({ columns }: KeyTable, { ownerKind }: ParsedOptions, { kind, id }: ApiKeyOwner): boolean {
  if (columns.ownerKind === undefined && kind !== ownerKind) return false
  return id.length <= MAX_OWNER_ID && isKey(id) && isIdOf(columns.ownerId.type, id)
}

/** The rows of an owner. */
export function ofOwner({ columns }: KeyTable, { kind, id }: ApiKeyOwner, params: Params): string {
  const own = isValue(columns.ownerId, id, params)
  if (columns.ownerKind === undefined) return own
  return `${own} and ${isValue(columns.ownerKind, kind, params)}`
}

function isValue(column: KeyColumn, value: string, params: Params): string {
  return equalsSql(`k.${column.name}`, column, params.add(value, column.type))
}

/** SQL that selects one key; null if no row can match. */
export function ofTarget(table: KeyTable, options: ParsedOptions, target: ApiKeyTarget, params: Params): string | null {
  const { owner, id } = target
  const { columns } = table
  if (typeof id !== 'string' || !isKey(id) || !isIdOf(columns.id.type, id)) return null
  if (owner !== 'any' && !mayOwn(table, options, owner)) return null
  const one = isValue(columns.id, id, params)
  return owner === 'any' ? one : `${one} and ${ofOwner(table, owner, params)}`
}

/**
 * Audits a change of a key in the same statement: the actor, the key's id and its owner, and nothing else about the
 * key.
 */
export function noted(table: KeyTable, event: string, by: string, from: string, more = ''): string {
  const { id, ownerId, organization } = table.columns
  const owner = `k.${ownerId.name}::text`
  return auditedBy(from, {
    event,
    actor: `coalesce(${by}, ${owner})`,
    subject: `k.${id.name}::text`,
    organization: organization === undefined ? 'null' : `k.${organization.name}::text`,
    data: `pg_catalog.json_build_object('owner', ${owner}, 'source', ${table.source}${more})::jsonb`,
  })
}

import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { cutName, quoteName } from '../sql/quote.js'
import type { Row } from '../sql/row.js'
import { DESCRIBE } from './describe-retiring.js'

/** A table or a column that only the old side used. */
export interface Retiring {
  readonly kind: 'table' | 'column'
  /** The oid of its table, as text. */
  readonly oid: string
  readonly schema: string
  readonly table: string
  /** Null: the table itself. */
  readonly column: string | null
  /** Its name before the first script renamed it; null if it still has its name. */
  readonly was: string | null
  readonly kept: Kept
  /** Columns of the table's primary key; empty if it has none. */
  readonly key: readonly string[]
  /** Columns of the table that hold values of their own. */
  readonly filled: readonly string[]
  /** For a table: foreign keys of other tables that refer to it. */
  readonly referredBy: readonly { readonly oid: string; readonly columns: readonly string[] }[]
}

/** What renaming takes away and undoing it restores. */
export interface Kept {
  readonly comment: string | null
  readonly isNotNull: boolean
  readonly grants: readonly Grant[]
}

export interface Grant {
  /** Null: PUBLIC. */
  readonly role: string | null
  readonly privilege: string
  /** Null: on the whole table. */
  readonly column: string | null
  readonly isGrantable: boolean
}

const PREFIX = 'zz_retired_'

/** The name during the quarantine. */
export function retiredName(name: string): string {
  return cutName(`${PREFIX}${name}`)
}

/** Its current name. */
export function nameOf({ table, column }: Retiring): string {
  return column ?? table
}

/** The current name of the table, quoted. */
export function tableSql({ schema, table }: Pick<Retiring, 'schema' | 'table'>): string {
  return `${quoteName(schema)}.${quoteName(table)}`
}

/**
 * Finds tables or columns named as in SQL: `accounts`, `auth.accounts`, `"Accounts"`; columns are prefixed with their
 * table.
 *
 * @throws {AuthError} `configuration_invalid`: a name cannot be read or does not exist, or what it names could not be
 *   fully restored.
 */
export async function findRetiring(
  query: Query,
  kind: Retiring['kind'],
  names: readonly string[],
): Promise<Retiring[]> {
  const found: Retiring[] = []
  for (const name of names) {
    const one = await findOne(query, kind, name)
    if (one.column !== null && one.key.length === 0)
      throw optionError(
        `${kind}s`,
        `the table of ${quoteName(name)} has no primary key, so its values could not be restored`,
      )
    found.push(one)
  }
  return found
}

/** @throws {AuthError} `configuration_invalid`: as `findRetiring`, except that a primary key is not required. */
export async function findOne(query: Query, kind: Retiring['kind'], name: string): Promise<Retiring> {
  const option = `${kind}s`
  const shown = quoteName(name)
  const parts = await partsOf(query, name, option)
  const column = kind === 'column' ? (parts.at(-1) ?? '') : null
  const path = kind === 'column' ? parts.slice(0, -1) : parts
  if (path.length < 1 || path.length > 2)
    throw optionError(option, `${shown} must be ${kind === 'column' ? '[schema.]table.column' : '[schema.]table'}`)
  const renamed = (last: string): string => [...path.slice(0, -1), last].map(quoteName).join('.')
  const table = path.at(-1) ?? ''
  const candidates =
    column === null
      ? [[renamed(table), null] as const, [renamed(retiredName(table)), null] as const]
      : [[renamed(table), column] as const, [renamed(table), retiredName(column)] as const]
  for (const [place, [from, named]] of candidates.entries()) {
    const [row] = await query(DESCRIBE, [from, named ?? ''])
    if (row !== undefined) return retiringOf(row, { kind, column: named, isRenamed: place === 1, option, shown })
  }
  throw optionError(option, `there is no ${kind} ${shown}, or the connection's role may not see it`)
}

async function partsOf(query: Query, name: string, option: string): Promise<readonly string[]> {
  try {
    const [row] = await query('select pg_catalog.to_json(pg_catalog.parse_ident($1::text))::text as parts', [name])
    return JSON.parse(String(row?.['parts'])) as string[]
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== '22023') throw error
    throw optionError(option, `${quoteName(name)} cannot be read as an SQL name`)
  }
}

interface Wanted {
  readonly kind: Retiring['kind']
  readonly column: string | null
  readonly isRenamed: boolean
  readonly option: string
  readonly shown: string
}

function retiringOf(row: Row, { kind, column, isRenamed, option, shown }: Wanted): Retiring {
  const refused = String(row['refused'] ?? '')
  if (refused !== '') throw optionError(option, `${shown} ${refused}`)
  const key = JSON.parse(String(row['key'])) as string[]
  if (column !== null && key.includes(column)) throw optionError(option, `${shown} is part of the primary key`)
  const comment = row['comment'] === null || row['comment'] === undefined ? null : String(row['comment'])
  const mark = isRenamed ? markOf(comment) : null
  if (isRenamed && mark === null)
    throw optionError(
      option,
      `there is no ${kind} ${shown}, and the one with its quarantine name was not marked by dualauth`,
    )
  return {
    kind,
    oid: String(row['oid']),
    schema: String(row['schema']),
    table: String(row['table']),
    column,
    was: mark?.was ?? null,
    kept: mark?.kept ?? {
      comment,
      isNotNull: row['is_not_null'] === 'true',
      grants: JSON.parse(String(row['grants'])) as Grant[],
    },
    key,
    filled: JSON.parse(String(row['filled'])) as string[],
    referredBy: JSON.parse(String(row['referred_by'])) as Retiring['referredBy'],
  }
}

/** What renaming writes as the comment of the renamed object; the script adds `at`. */
export interface Mark {
  readonly by: 'dualauth cleanup'
  readonly was: string
  readonly kept: Kept
}

function markOf(comment: string | null): Mark | null {
  try {
    const mark = JSON.parse(comment ?? '') as Mark
    return mark.by === 'dualauth cleanup' ? mark : null
  } catch {
    return null
  }
}

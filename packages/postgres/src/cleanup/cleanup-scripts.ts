import { discreetQuery, type Query } from '@dualauth/core'
import { object, optionError, parseOptions, verifierName, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { quoteTable } from '../sql/quote.js'
import { bringingBack, dropping, quarantineGuard } from './drop-script.js'
import { renaming, renamingBack, retiredOf } from './rename-script.js'
import { retireGuard, type RetireGuard } from './retire-guard.js'
import { findRetiring, tableSql, type Retiring } from './retiring.js'
import { script } from './script.js'
import { readStructure } from './structure.js'

/** What only the old side used, and when it may be removed. */
export interface CleanupOptions {
  /** Tables, named as in SQL: `accounts`, `auth.accounts`, `"Accounts"`. */
  readonly tables?: readonly string[]
  /** Columns, with their table in front: `users.password_hash`. */
  readonly columns?: readonly string[]
  /** Name of the migration. Default `default`. */
  readonly migration?: string
  /** How many days nobody must have used the old side, from 1 to 366. Default 14. */
  readonly windowDays?: number
  /** How many days pass between renaming and dropping, from 1 to 366. Default 30. */
  readonly quarantineDays?: number
  /** How long instances may be silent, in milliseconds, up to a day. Default 600,000. */
  readonly toleranceMs?: number
  /** Instances known to have stopped without saying so; `all` for every silent one. Default none. */
  readonly stopped?: readonly string[] | 'all'
  /** Whether to ignore credentials that were refused for their shape alone. Default false. */
  readonly ignoreUnverified?: boolean
}

/** Scripts for `psql`; each is one transaction that waits at most three seconds for a lock. */
export interface CleanupScripts {
  /** Renames everything, so anything that still uses it fails at once; all values stay. Null if already renamed. */
  readonly rename: string | null
  readonly undoRename: string
  /** Writes the values to files, then drops. */
  readonly drop: string
  /** Restores what was dropped from these files, as it was before the renaming. */
  readonly undoDrop: string
}

const schema = object({
  tables: z._default(z.array(z.string()), []),
  columns: z._default(z.array(z.string()), []),
  migration: z._default(verifierName, 'default'),
  windowDays: z._default(wholeBetween(1, 366), 14),
  quarantineDays: z._default(wholeBetween(1, 366), 30),
  toleranceMs: z._default(wholeBetween(0, 86_400_000), 600_000),
  stopped: z._default(z.union([z.literal('all'), z.array(z.string())]), []),
  ignoreUnverified: z._default(z.boolean(), false),
})

/**
 * Prints scripts that remove the tables and columns of the old side; runs nothing. Renaming and dropping refuse inside
 * the database unless the conditions of `retireReport` hold at that moment, and the stage is `retired` for everybody.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name; a table or column that does not exist, or that
 *   could not be fully restored.
 */
export async function cleanupScripts(driver: Query, options: CleanupOptions): Promise<CleanupScripts> {
  const { tables, columns, quarantineDays, ...guard } = parseOptions(schema, options, 'cleanupScripts')
  if (typeof driver !== 'function') throw optionError('cleanupScripts', 'takes a function that runs SQL')
  const query = discreetQuery(driver)
  const all = [...(await findRetiring(query, 'table', tables)), ...(await findRetiring(query, 'column', columns))]
  assertApart(all)
  assertUnreferred(all)
  const structures = await Promise.all(all.map((one) => readStructure(query, one)))
  const retired = all.map(retiredOf)
  const locks = (list: readonly Retiring[]): string =>
    [...new Set(list.map(tableSql))].map((table) => `lock table ${table} in access exclusive mode;`).join('\n')
  const isRenamed = all.some(({ was }) => was !== null)
  return {
    rename: isRenamed
      ? null
      : script('Puts what only the old side used into quarantine.', [
          locks(all),
          retireGuard(guard satisfies RetireGuard),
          ...all.map(renaming),
        ]),
    undoRename: script('Takes everything out of the quarantine again.', [locks(retired), ...retired.map(renamingBack)]),
    drop: script('Drops what is in quarantine; the values go to files in this folder. They may be secret.', [
      locks(retired),
      retireGuard(guard),
      ...retired.map((one) => quarantineGuard(one, quarantineDays)),
      dropping(retired),
    ]),
    undoDrop: script('Brings back what was dropped, from the files in this folder, as it was before the quarantine.', [
      bringingBack(all.map((one, place) => ({ ...one, structure: structures[place]! }))),
    ]),
  }
}

/** Otherwise dropping would fail, weeks later. */
function assertUnreferred(all: readonly Retiring[]): void {
  const isGoing = ({ oid, columns }: Retiring['referredBy'][number]): boolean =>
    all.some((one) => one.oid === oid && (one.column === null || columns.includes(one.column)))
  const referred = all.find(({ referredBy }) => !referredBy.every(isGoing))
  if (referred !== undefined)
    throw optionError(
      'tables',
      `foreign keys of other tables refer to ${tableSql(referred)}: name those tables or columns, too, or drop the keys first`,
    )
}

/** Dropping a table drops its columns, too. */
function assertApart(all: readonly Retiring[]): void {
  if (all.length === 0) throw optionError('cleanupScripts', 'needs tables or columns')
  const names = all.map((one) => `${tableSql(one)}.${one.column ?? ''}`)
  const twice = all.find(
    (one, place) =>
      names.indexOf(names[place]!) !== place || (one.column !== null && names.includes(`${tableSql(one)}.`)),
  )
  if (twice !== undefined)
    throw optionError(
      'cleanupScripts',
      `names ${quoteTable(`${twice.schema}.${twice.table}`)}, or a column of it, twice`,
    )
}

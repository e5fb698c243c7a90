import type { ClaimEntry, LedgerItem, Settlement } from '@dualauth/postgres'
import type { Kind, Person, RowOf } from '../ports/rows.js'
import type { Item } from '../ports/target.js'
import type { BadRow, ReadRow } from './read.js'
import type { Engine } from './engine.js'

/** An item that this worker has claimed. */
export interface Work {
  readonly item: Item
  readonly digest: string
  readonly resetRequired: boolean
  /** It was done before, and is sent again. */
  readonly isUpdate: boolean
  /** Its row cannot be imported. */
  readonly bad: string | null
}

/** An item, and what to write about it. */
export interface Verdict {
  readonly work: Work
  readonly settlement: Settlement
  /** How it is counted if it ends as `done`. */
  readonly counted: 'created' | 'adopted' | 'updated'
  /** Part of it is still to be sent: see `complete`. */
  readonly isIncomplete?: true
}

/** What to ask the ledger about a row. */
export interface Entry<K extends Kind> {
  readonly entry: ClaimEntry
  readonly row: RowOf[K] | null
  readonly code: string | null
}

export function entryOf<K extends Kind>({ digests }: Engine, kind: K, { id, row }: ReadRow<K>): Entry<K> {
  return {
    entry: { id, digest: digests.row(row), organization: homeOf(kind, row), ...needsOf(kind, row) },
    row,
    code: null,
  }
}

export function badEntryOf<K extends Kind>({ id, code }: BadRow): Entry<K> {
  // No row has this digest: once fixed, the row is imported by the next run.
  return { entry: { id, digest: `bad:${code}`, organization: null, people: [], organizations: [] }, row: null, code }
}

function homeOf<K extends Kind>(kind: K, row: RowOf[K]): string | null {
  return kind === 'organization' ? row.id : (row as RowOf[Exclude<Kind, 'organization'>]).organization
}

function needsOf<K extends Kind>(kind: K, row: RowOf[K]): Pick<ClaimEntry, 'people' | 'organizations'> {
  if (kind === 'membership') {
    const { person, organization } = row as RowOf['membership']
    return { people: [person], organizations: [organization] }
  }
  if (kind === 'group') {
    const { members, organization } = row as RowOf['group']
    return { people: members, organizations: organization === null ? [] : [organization] }
  }
  return { people: [], organizations: [] }
}

/** What a target receives: without a password that it cannot take. */
export function workOf<K extends Kind>(
  engine: Engine,
  kind: K,
  { entry, row, code }: Entry<K>,
  known: LedgerItem,
): Work {
  const { takesPassword } = engine.settings.target
  const { password = null, passwordMissing = false } = kind === 'person' && row !== null ? (row as Person) : {}
  const isRefused = password !== null && !takesPassword(password)
  const resetRequired = passwordMissing || isRefused
  // People who existed before have a password on the new side, which is not ours to change.
  const isWithout = isRefused || (password !== null && known.created === false)
  const item = {
    kind,
    id: entry.id,
    row: isWithout ? { ...row, password: null } : row,
    targetId: known.targetId,
    attempted: known.attempted,
    after: known.after,
    refs: { people: known.people, organizations: known.organizations },
  } as Item
  // An item that was done once has an outcome; somebody else's link has none.
  return { item, digest: known.current, resetRequired, isUpdate: known.created !== null, bad: code }
}

import { csvRows } from '../../files/csv.js'
import { isFileRow } from '../../files/rows.js'
import type { FileReading } from '../../files/text.js'
import type { UnreadableRow } from '../../ports/source.js'
import type { ClerkPassword } from './person.js'

/** What the dashboard's CSV file adds to the list of the API. */
export interface Passwords {
  /** By user id; includes users without a password. */
  readonly of: ReadonlyMap<string, { readonly at: string; readonly password: ClerkPassword | undefined }>
  /** Rows that cannot be read, to be reported. */
  readonly bad: readonly UnreadableRow[]
}

/** Without the file. */
export function none(): Passwords {
  return { of: new Map(), bad: [] }
}

const COLUMNS: readonly string[] = ['id', 'password_digest', 'password_hasher']

export async function readPasswords(path: string, reading: FileReading): Promise<Passwords> {
  const of = new Map<string, { readonly at: string; readonly password: ClerkPassword | undefined }>()
  const bad: UnreadableRow[] = []
  for await (const row of csvRows(path, { ...reading, required: COLUMNS })) {
    if (!isFileRow(row)) {
      bad.push(row)
      continue
    }
    const { id = '', password_digest: digest = '', password_hasher: hasher = '' } = row.value as Record<string, string>
    of.set(id, { at: row.at, password: digest === '' ? undefined : { digest, hasher } })
  }
  return { of, bad }
}

import { optionError } from '@dualauth/core/settings'
import { jsonLines, MAX_OBJECT } from '../../files/json.js'
import { isFileRow, recognised, type FileRow } from '../../files/rows.js'
import type { FileReading } from '../../files/text.js'
import type { UnreadableRow } from '../../ports/source.js'

/** What the file of hashes holds. */
export interface Hashes {
  /** By user id. */
  readonly of: ReadonlyMap<string, string>
  /** Lines that cannot be read, to be reported. */
  readonly bad: readonly UnreadableRow[]
}

/**
 * The export of hashes from Auth0's support: one object per line. Its user is `auth0|` and `alt_id`, or else `_id`. An
 * address does not show whose hash it is: two connections may have the same one.
 *
 * @see https://support.auth0.com/center/s/article/How-to-Use-the-Password-Hashes-Export-from-Auth0
 */
export async function readHashes(path: string, reading: FileReading): Promise<Hashes> {
  const of = new Map<string, string>()
  const bad: UnreadableRow[] = []
  const lines = jsonLines(path, { ...reading, maxLine: MAX_OBJECT })
  const failure = (): Error =>
    optionError(
      reading.option,
      'is no export of password hashes of Auth0: its first lines have no "_id" and "passwordHash"',
    )
  for await (const row of recognised(lines, isOurs, failure)) {
    const id = isFileRow(row) ? userOf(row.value) : null
    const hash = isFileRow(row) ? row.value['passwordHash'] : null
    if (!isFileRow(row)) bad.push(row)
    else if (id === null || typeof hash !== 'string') bad.push({ unreadable: 'hash_unreadable', at: row.at })
    else of.set(id, hash)
  }
  return { of, bad }
}

function isOurs(value: FileRow['value']): boolean {
  return userOf(value) !== null && 'passwordHash' in value
}

function userOf({ alt_id: own, _id: made }: FileRow['value']): string | null {
  const id = typeof own === 'string' ? own : (made as { readonly $oid?: unknown } | null | undefined)?.$oid
  return typeof id === 'string' ? `auth0|${id}` : null
}

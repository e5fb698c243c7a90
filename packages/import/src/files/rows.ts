import type { ReadOptions, UnreadableRow } from '../ports/source.js'

/** An object in a file, and its position. */
export interface FileRow {
  readonly value: Readonly<Record<string, unknown>>
  /** `users.ndjson:17`. */
  readonly at: string
}

/** What a file holds: objects, and lines that are not objects. */
export type FileRows = AsyncIterable<FileRow | UnreadableRow>

export function isFileRow(row: FileRow | UnreadableRow): row is FileRow {
  return 'value' in row
}

/** How many rows may be damaged before the first good one. */
const PATIENCE = 10

/**
 * Yields rows once one of the first shows that it is the right kind of file: a wrong file is one error instead of
 * thousands of failed people. An empty file has no rows.
 */
export async function* recognised(
  rows: FileRows,
  isOurs: (value: FileRow['value']) => boolean,
  failure: () => Error,
): AsyncGenerator<FileRow | UnreadableRow> {
  const held: (FileRow | UnreadableRow)[] = []
  let isKnown = false
  for await (const row of rows) {
    if (isKnown) {
      yield row
      continue
    }
    held.push(row)
    isKnown = isFileRow(row) && isOurs(row.value)
    if (isKnown) yield* held.splice(0)
    else if (held.length === PATIENCE) throw failure()
  }
  if (held.length > 0) throw failure()
}

/**
 * How many rows there are, readable or not.
 * @param read As a source reads them.
 */
export async function countOf(read: (options: ReadOptions) => AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _row of read({ signal: new AbortController().signal })) count++
  return count
}

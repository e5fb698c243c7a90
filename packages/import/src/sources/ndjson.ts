import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { object, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Kind } from '../ports/rows.js'
import type { ReadOptions, Source, UnreadableRow } from '../ports/source.js'

/** Files with one JSON object a line; rows as `ImportRowPerson` and the like say. */
export interface NdjsonFiles {
  readonly people: string
  readonly organizations?: string
  readonly memberships?: string
  readonly groups?: string
}

/** How the files of a folder are called. */
export const FILES: Readonly<Record<Kind, string>> = Object.freeze({
  person: 'people.ndjson',
  organization: 'organizations.ndjson',
  membership: 'memberships.ndjson',
  group: 'groups.ndjson',
})

const schema = object({
  people: text,
  organizations: z.exactOptional(text),
  memberships: z.exactOptional(text),
  groups: z.exactOptional(text),
})

/** A longer line is no person. */
const MAX_LINE = 16 * 1024 * 1024

/**
 * Reads files of one JSON object a line, such as `fileTarget` writes them. Lines are streamed; what is no JSON is counted as failed.
 *
 * @param from A folder with `people.ndjson` and, where they are, `organizations.ndjson`, `memberships.ndjson`, `groups.ndjson`; or the
 * files by name.
 * @throws {AuthError} `configuration_invalid`: a wrong option. A file that is not there is an error when it is read.
 */
export function ndjsonSource(from: string | NdjsonFiles): Source {
  const files: Partial<Record<Kind, string>> =
    typeof from === 'string'
      ? Object.fromEntries(Object.entries(FILES).map(([kind, name]) => [kind, join(from, name)]))
      : filesOf(parseOptions(schema, from, 'ndjsonSource'))
  /** Of a folder, only people must be there. */
  const isOptional = (kind: Kind): boolean => typeof from === 'string' && kind !== 'person'
  const read = (kind: Kind) => (options: ReadOptions) => linesOf(files[kind], isOptional(kind), options)
  return {
    name: `ndjson:${basename(typeof from === 'string' ? from : from.people)}`,
    people: read('person'),
    organizations: read('organization'),
    memberships: read('membership'),
    groups: read('group'),
    async count(kind) {
      let count = 0
      for await (const _line of textsOf(files[kind], isOptional(kind))) count++
      return count
    },
    async fingerprint() {
      const { size, mtimeMs } = await stat(files.person!)
      return `${size}:${Math.floor(mtimeMs)}`
    },
  }
}

function filesOf({ people, organizations, memberships, groups }: NdjsonFiles): Partial<Record<Kind, string>> {
  return {
    person: people,
    ...(organizations !== undefined && { organization: organizations }),
    ...(memberships !== undefined && { membership: memberships }),
    ...(groups !== undefined && { group: groups }),
  }
}

async function* linesOf(path: string | undefined, isOptional: boolean, { signal }: ReadOptions): AsyncGenerator {
  for await (const { text, at } of textsOf(path, isOptional, signal)) yield rowOf(text, at)
}

/** Lines that are not empty. */
async function* textsOf(
  path: string | undefined,
  isOptional: boolean,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly text: string; readonly at: string }> {
  if (path === undefined || (isOptional && !(await isThere(path)))) return
  const input = createReadStream(path, { encoding: 'utf8', ...(signal !== undefined && { signal }) })
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++
    // A mark of the byte order, as some spreadsheets write it.
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line
    if (text.trim() !== '') yield { text, at: `${basename(path)}:${number}` }
  }
}

function rowOf(line: string, at: string): object | UnreadableRow {
  if (line.length > MAX_LINE) return { unreadable: 'row_too_long', at }
  try {
    const row: unknown = JSON.parse(line)
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row
  } catch {
    // What stands there is not repeated: it may hold an address.
  }
  return { unreadable: 'row_unreadable', at }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    },
  )
}

import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { object, optionError, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { jsonLines } from '../files/json.js'
import { countOf, isFileRow, type FileRows } from '../files/rows.js'
import { fingerprintOf } from '../files/text.js'
import type { Kind } from '../ports/rows.js'
import type { ReadOptions, Source } from '../ports/source.js'
import { OPTION_OF } from './option-of-kind.js'

/** Files with one JSON object per line, in the shape of `ImportRowPerson` and the like. */
export interface NdjsonFiles {
  readonly people: string
  readonly organizations?: string
  readonly memberships?: string
  readonly groups?: string
}

/** The names of the files in a folder. */
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

/** A longer line cannot be a person. */
const MAX_LINE = 16 * 1024 * 1024

/**
 * Reads files with one JSON object per line, such as `fileTarget` writes. Lines are streamed, also from gzip; a line
 * that is not JSON is counted as failed.
 *
 * @param from A folder with `people.ndjson` and, optionally, `organizations.ndjson`, `memberships.ndjson`,
 *   `groups.ndjson`; or the files by name.
 * @throws {AuthError} `configuration_invalid`: a wrong option; on reading: a missing file.
 */
export function ndjsonSource(from: string | NdjsonFiles): Source {
  const files: Partial<Record<Kind, string>> =
    typeof from === 'string'
      ? Object.fromEntries(Object.entries(FILES).map(([kind, name]) => [kind, join(from, name)]))
      : filesOf(parseOptions(schema, from, 'ndjsonSource'))
  /** In a folder, only people are required. */
  const isOptional = (kind: Kind): boolean => typeof from === 'string' && kind !== 'person'
  const read = (kind: Kind) => (options: ReadOptions) => linesOf(files[kind], isOptional(kind), kind, options)
  return {
    name: `ndjson:${basename(typeof from === 'string' ? from : from.people)}`,
    people: read('person'),
    organizations: read('organization'),
    memberships: read('membership'),
    groups: read('group'),
    count: (kind) => countOf(read(kind)),
    async fingerprint() {
      await demand(files.person!, 'person')
      return fingerprintOf([files.person!])
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

async function* linesOf(
  path: string | undefined,
  isOptional: boolean,
  kind: Kind,
  options: ReadOptions,
): AsyncGenerator {
  if (path === undefined || (isOptional && !(await isThere(path)))) return
  const { signal } = options
  await demand(path, kind)
  const reading = { option: `ndjsonSource.${OPTION_OF[kind]}`, signal, maxBytes: Infinity, maxLine: MAX_LINE }
  yield* valuesOf(jsonLines(path, reading))
}

async function* valuesOf(rows: FileRows): AsyncGenerator {
  for await (const row of rows) yield isFileRow(row) ? row.value : row
}

/** Otherwise the command could take it for an unreachable database. */
async function demand(path: string, kind: Kind): Promise<void> {
  if (!(await isThere(path))) throw optionError(`ndjsonSource.${OPTION_OF[kind]}`, `there is no file ${basename(path)}`)
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

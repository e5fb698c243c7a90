import { basename } from 'node:path'
import { object, parseOptions, text } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { csvRows } from '../files/csv.js'
import { countOf, isFileRow } from '../files/rows.js'
import { fingerprintOf } from '../files/text.js'
import type { ReadOptions, Source } from '../ports/source.js'
import { OPTION_OF } from './option-of-kind.js'

/** CSV files (RFC 4180) with a header; columns are the fields of `ImportRowPerson` and the like, others are ignored. */
export interface CsvFiles {
  readonly people: string
  readonly organizations?: string
  /** `roles` separated by `|`. */
  readonly memberships?: string
  /** Column names, if they differ: `{ email: 'E-Mail' }`. */
  readonly columns?: Readonly<Record<string, string>>
}

const schema = object({
  people: text,
  organizations: z.exactOptional(text),
  memberships: z.exactOptional(text),
  columns: z._default(z.record(z.string(), text), {}),
})

/**
 * Reads CSV files, streamed; they may be compressed with gzip. A line that is not CSV, or has another number of fields
 * than the header, is counted as failed.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; on reading: no id column, or a file that is cut off. A
 *   missing file is an error on reading.
 */
export function csvSource(files: CsvFiles): Source {
  const { people, organizations, memberships, columns } = parseOptions(schema, files, 'csvSource')
  const names = new Map(Object.entries(columns).map(([field, column]) => [column, field]))
  const read = (path: string, option: string, required: readonly string[]) => (options: ReadOptions) =>
    rowsOf(path, { option: `csvSource.${option}`, required, names }, options)
  return {
    name: `csv:${basename(people)}`,
    people: read(people, 'people', ['id']),
    ...(organizations !== undefined && { organizations: read(organizations, 'organizations', ['id']) }),
    ...(memberships !== undefined && { memberships: read(memberships, 'memberships', ['person', 'organization']) }),
    async count(kind) {
      const path = { person: people, organization: organizations, membership: memberships, group: undefined }[kind]
      return path === undefined ? 0 : countOf(read(path, OPTION_OF[kind], []))
    },
    fingerprint: () => fingerprintOf([people]),
  }
}

async function* rowsOf(
  path: string,
  {
    names,
    ...asked
  }: {
    readonly option: string
    readonly required: readonly string[]
    readonly names: ReadonlyMap<string, string>
  },
  { signal }: ReadOptions,
): AsyncGenerator {
  const rename = (column: string): string => names.get(column) ?? column
  for await (const row of csvRows(path, { ...asked, rename, signal, maxBytes: Infinity }))
    yield isFileRow(row) ? withRoles(row.value) : row
}

function withRoles(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { roles, role } = record
  const named = roles ?? role
  if (typeof named !== 'string') return record
  return {
    ...record,
    roles: named
      .split('|')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  }
}

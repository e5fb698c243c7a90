import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { object, parseOptions, text } from '@dualauth/core/settings'
import { parse } from 'csv-parse'
import * as z from 'zod/mini'
import type { ReadOptions, Source } from '../ports/source.js'

/** CSV files (RFC 4180) with a head; columns as the fields of `ImportRowPerson` and the like, others are left out. */
export interface CsvFiles {
  readonly people: string
  readonly organizations?: string
  /** `roles` with `|` between. */
  readonly memberships?: string
  /** Names of the columns where they are called otherwise: `{ email: 'E-Mail' }`. */
  readonly columns?: Readonly<Record<string, string>>
}

const schema = object({
  people: text,
  organizations: z.exactOptional(text),
  memberships: z.exactOptional(text),
  columns: z._default(z.record(z.string(), text), {}),
})

/** A longer line is no person. */
const MAX_LINE = 1024 * 1024

/**
 * Reads CSV files, streamed. A line that has another number of fields than the head, or that is no CSV, is counted as failed.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option. A file that is not there is an error when it is read.
 */
export function csvSource(files: CsvFiles): Source {
  const { people, organizations, memberships, columns } = parseOptions(schema, files, 'csvSource')
  const names = new Map(Object.entries(columns).map(([field, column]) => [column, field]))
  const read = (path: string) => (options: ReadOptions) => rowsOf(path, names, options)
  return {
    name: `csv:${basename(people)}`,
    people: read(people),
    ...(organizations !== undefined && { organizations: read(organizations) }),
    ...(memberships !== undefined && { memberships: read(memberships) }),
    async count(kind) {
      const path = { person: people, organization: organizations, membership: memberships, group: undefined }[kind]
      if (path === undefined) return 0
      let count = 0
      for await (const _row of rowsOf(path, names, {})) count++
      return count
    },
    async fingerprint() {
      const { size, mtimeMs } = await stat(people)
      return `${size}:${Math.floor(mtimeMs)}`
    },
  }
}

async function* rowsOf(
  path: string,
  names: ReadonlyMap<string, string>,
  { signal }: Partial<ReadOptions>,
): AsyncGenerator {
  const skipped: { readonly unreadable: string; readonly at: string }[] = []
  const parser = parse({
    bom: true,
    columns: (head: readonly string[]) => head.map((name) => names.get(name.trim()) ?? name.trim()),
    info: true,
    max_record_size: MAX_LINE,
    skip_empty_lines: true,
    skip_records_with_error: true,
    // What stands there is not repeated: it may hold an address.
    on_skip: (error) => {
      skipped.push({ unreadable: 'row_unreadable', at: `${basename(path)}:${String(error?.['lines'] ?? '?')}` })
      return undefined
    },
  })
  const input = createReadStream(path, { ...(signal !== undefined && { signal }) })
  input.on('error', (error) => parser.destroy(error))
  for await (const { record } of input.pipe(parser) as AsyncIterable<{ record: Record<string, unknown> }>) {
    yield* skipped.splice(0)
    yield withRoles(record)
  }
  yield* skipped.splice(0)
}

function withRoles(record: Record<string, unknown>): Record<string, unknown> {
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

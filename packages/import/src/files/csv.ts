import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { isAuthError } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { parse } from 'csv-parse'
import type { UnreadableRow } from '../ports/source.js'
import { csvRecords } from './csv-records.js'
import type { FileRow } from './rows.js'
import { textOf, type FileReading } from './text.js'

/** How a CSV file is read. */
export interface CsvReading extends FileReading {
  /** Columns that must exist; without them, it is another kind of file. */
  readonly required: readonly string[]
  /** The name under which a column is read. */
  readonly rename?: (column: string) => string
}

/**
 * Reads a CSV file (RFC 4180) with a header, streamed. A record that is not CSV, or has another number of fields than
 * the header, counts as an unreadable row.
 *
 * @throws {AuthError} `configuration_invalid`: a required column is missing, or the file ends within quotes.
 */
export async function* csvRows(path: string, reading: CsvReading): AsyncGenerator<FileRow | UnreadableRow> {
  const { option, required, rename = (column) => column } = reading
  const name = basename(path)
  const at = (line: number): string => `${name}:${line}`
  const skipped: UnreadableRow[] = []
  const parser = parse({
    columns(head: readonly string[]) {
      const columns = head.map((column) => rename(column.trim()))
      const missing = required.filter((column) => !columns.includes(column))
      // The header is not repeated in the message: if it is missing, this is somebody's row.
      if (missing.length > 0)
        throw optionError(option, `has no column ${missing.map((column) => `"${column}"`).join(', ')} (${name})`)
      assertHead(option, name, head, columns)
      return columns
    },
    info: true,
    record_delimiter: '\n',
    skip_empty_lines: true,
    skip_records_with_error: true,
    // The content is not repeated: it may hold an address.
    on_skip(error) {
      skipped.push({ unreadable: 'row_unreadable', at: at(Number(error?.['lines'] ?? 0)) })
      return undefined
    },
  })
  const records = csvRecords(textOf(path, reading), {
    at,
    bad: (row) => skipped.push(row),
    cutOff() {
      throw optionError(option, `ends within quotes (${name}): it is cut off, or a quote is not doubled`)
    },
  })
  const input = Readable.from(records)
  input.on('error', (error) => parser.destroy(error))
  try {
    for await (const { record, info } of input.pipe(parser) as AsyncIterable<{
      readonly record: FileRow['value']
      readonly info: { readonly lines: number }
    }>) {
      yield* skipped.splice(0)
      yield { value: record, at: at(info.lines) }
    }
  } catch (error) {
    // Its message may repeat the content.
    if (!isAuthError(error) && isCsvError(error)) throw optionError(option, `is not a CSV file (${name})`)
    throw error
  } finally {
    input.destroy()
  }
  yield* skipped.splice(0)
}

/** Of two such columns, the last would win. With other line endings, the whole file would be the header. */
function assertHead(option: string, name: string, head: readonly string[], columns: readonly string[]): void {
  if (head.some((column) => /\r(?!\n)/.test(column)))
    throw optionError(option, `has lines that end with CR alone (${name}); save it with LF or CRLF`)
  const at = columns.findIndex((column, index) => column !== '' && columns.indexOf(column) !== index)
  if (at === -1) return
  const of = columns.indexOf(columns[at]!)
  throw optionError(option, `has two columns for one field, the ${of + 1}. and the ${at + 1}. (${name})`)
}

function isCsvError(error: unknown): boolean {
  return String((error as { readonly code?: unknown } | null)?.code).startsWith('CSV_')
}

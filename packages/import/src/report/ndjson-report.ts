import { optionError } from '@dualauth/core/settings'
import { openPrivateFile } from '@dualauth/postgres'
import type { ReportRow } from './report-row.js'

/** A file that is being written: `report` of `createImport`. */
export interface NdjsonReport {
  /** @throws The file system's error, such as `ENOSPC`; it ends the run, which can be continued. */
  readonly report: (row: ReportRow) => Promise<void>
  /**
   * Resolves when everything is in the file.
   * @throws As `report`.
   */
  readonly close: () => Promise<void>
}

/**
 * Writes what becomes of each row to a new file, one JSON object (`ReportRow`) per line, readable only by its owner. A
 * report of an earlier run is evidence, and is never overwritten.
 *
 * @throws {AuthError} `configuration_invalid`: the file already exists, or cannot be written.
 * @example
 * const { report, close } = await ndjsonReport('report.ndjson')
 * await createImport({ query, source, target, report }).run()
 * await close()
 */
export async function ndjsonReport(path: string): Promise<NdjsonReport> {
  const file = await openPrivateFile(path).catch(({ code = '' }: NodeJS.ErrnoException): never => {
    const words = code === 'EEXIST' ? 'is a file that already exists' : `cannot be written (${code})`
    throw optionError('ndjsonReport.path', words)
  })
  return { report: (row) => file.write(`${JSON.stringify(row)}\n`), close: file.close }
}

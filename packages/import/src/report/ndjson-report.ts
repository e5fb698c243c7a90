import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { optionError } from '@dualauth/core/settings'
import type { ReportRow } from './report-row.js'

/** A file that is being written: `report` of `createImport`. */
export interface NdjsonReport {
  /** @throws What the file system says, such as `ENOSPC`; it ends the run, which can be continued. */
  readonly report: (row: ReportRow) => Promise<void>
  /** Resolves when everything is in the file. @throws As `report`. */
  readonly close: () => Promise<void>
}

/**
 * Writes what becomes of each row to a new file, one JSON object (`ReportRow`) a line, readable by its owner alone. A report of an earlier
 * run is evidence, and is never written over.
 *
 * @throws {AuthError} `configuration_invalid`: a file of that name is there already, or none can be written there.
 * @example
 * const { report, close } = await ndjsonReport('report.ndjson')
 * await createImport({ query, source, target, report }).run()
 * await close()
 */
export async function ndjsonReport(path: string): Promise<NdjsonReport> {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  try {
    await once(stream, 'open')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const words = code === 'EEXIST' ? 'is a file that is there already' : `cannot be written (${code})`
    throw optionError('ndjsonReport.path', words)
  }
  let failure: { readonly error: unknown } | null = null
  stream.on('error', (error) => void (failure ??= { error }))
  const assertWritten = (): void => {
    if (failure !== null) throw failure.error
  }
  return {
    async report(row) {
      assertWritten()
      if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain')
    },
    async close() {
      assertWritten()
      stream.end()
      await once(stream, 'finish')
    },
  }
}

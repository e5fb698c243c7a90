import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { ReportRow } from '@dualauth/import'
import { CliError, EXIT } from '../exit.js'

/** One JSON object a line for each row: ids and codes, no address and no hash. */
export interface ReportFile {
  readonly report: (row: ReportRow) => Promise<void>
  readonly close: () => Promise<void>
}

export async function openReport(path: string): Promise<ReportFile> {
  // A report of an earlier run is evidence.
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  try {
    await once(stream, 'open')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw new CliError(
      EXIT.usage,
      code === 'EEXIST' ? 'There is a report of that name already.' : `The report cannot be written (${code}).`,
    )
  }
  return {
    async report(row) {
      if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain')
    },
    async close() {
      stream.end()
      await once(stream, 'finish')
    },
  }
}

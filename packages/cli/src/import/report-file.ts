import type { ReportRow } from '@dualauth/import'
import { openPrivateFile } from '../terminal/private-file.js'

/** One JSON object a line for each row: ids and codes, no address and no hash. */
export interface ReportFile {
  readonly report: (row: ReportRow) => Promise<void>
  readonly close: () => Promise<void>
}

export async function openReport(path: string): Promise<ReportFile> {
  const { write, close } = await openPrivateFile(path, 'report')
  return { report: (row) => write(`${JSON.stringify(row)}\n`), close }
}

import type { Kind, ReportRow } from '@dualauth/import'
import type { Printer } from '../terminal/printer.js'
import { nameOf, wordsOf } from './print-counts.js'

/** How many rows of each kind ended in each way, by the code that says why. */
export type Reasons = Partial<Record<Kind, Record<string, Record<string, number>>>>

/** Counts codes as rows are reported, so that you need not read the report to see what is wrong. */
export function countReason(reasons: Reasons, { kind, outcome, code, fields }: ReportRow): void {
  const why = code ?? fields?.join(', ')
  if (why === undefined) return
  const of = ((reasons[kind] ??= {})[outcome] ??= {})
  // A reason from a directory may be called `constructor`.
  of[why] = (Object.hasOwn(of, why) ? of[why]! : 0) + 1
}

/** Such as `People failed: 12 no_email, 1 invalid_id`. */
export function printReasons(out: Printer, reasons: Reasons): void {
  for (const [kind, outcomes] of Object.entries(reasons))
    for (const [outcome, codes] of Object.entries(outcomes)) {
      const frequent = Object.entries(codes).toSorted(([, a], [, b]) => b - a)
      out.line(`${nameOf(kind)} ${wordsOf(outcome)}: ${frequent.map(([code, count]) => `${count} ${code}`).join(', ')}`)
    }
}

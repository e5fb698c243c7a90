import { importLedger, type ImportLedger, type LedgerScope } from '@dualauth/postgres'
import type { Query } from '@dualauth/core'
import type { Kind } from '../ports/rows.js'
import type { TargetCall } from '../ports/target.js'
import type { Clock } from '../pace/clock.js'
import type { Pacer } from '../pace/pacer.js'
import type { Settings } from '../options.js'
import type { ReportRow } from '../report/report-row.js'
import type { Digests } from '../rows/digest.js'
import type { Counts, Outcome } from './counts.js'
import { snapshot } from './counts.js'

/** What one run works with. */
export interface Engine {
  readonly settings: Settings
  readonly ledger: ImportLedger
  readonly scope: LedgerScope
  readonly digests: Digests
  readonly pacer: Pacer
  readonly clock: Clock
  readonly counts: Counts
  /** Aborts if the run ends at once because something failed. */
  readonly failed: AbortSignal
  /** Also aborts if the caller's `signal` does: nothing new is begun, and nobody waits any longer. */
  readonly stopping: AbortSignal
  readonly fail: (error: unknown) => void
  /** Addresses that occur more than once in the source; null if not needed. */
  readonly shared: ReadonlySet<number> | null
  /** How many items in a row the target could not be asked about. */
  readonly unreached: { count: number }
}

/** The same, in a transaction of the target. */
export function within(engine: Engine, query: Query): Engine {
  return { ...engine, ledger: importLedger(query) }
}

export function callOf({ pacer, failed, stopping, scope, settings }: Engine, query: Query | null = null): TargetCall {
  const isPlan = scope.run === ''
  return {
    pace: () => pacer.pace(stopping),
    signal: failed,
    query,
    wantsTaken: isPlan || settings.linkVerifiedEmail,
  }
}

/** How many rows a step reads, for progress. Null: unknown, or not all of them are wanted. */
export async function totalOf({ settings }: Engine, kind: Kind): Promise<number | null> {
  const { source, onProgress, only, organization, limit } = settings
  if (onProgress === undefined || only !== undefined || organization !== undefined || limit !== undefined) return null
  return (await source.count?.(kind)) ?? null
}

/** Counts an item, and reports it. */
export async function count(
  { counts, settings }: Engine,
  outcome: Outcome,
  { resetRequired, ...row }: Omit<ReportRow, 'outcome' | 'resetRequired'> & { readonly resetRequired?: boolean },
): Promise<void> {
  counts[row.kind][outcome]++
  if (resetRequired === true) counts[row.kind].resetRequired++
  await settings.report?.({ ...row, outcome, ...(resetRequired === true && { resetRequired }) })
}

export function progress({ counts, settings }: Engine, kind: Kind, total: number | null): void {
  try {
    settings.onProgress?.({ kind, total, counts: snapshot(counts) })
  } catch {
    // A progress bar that fails must not end an import.
  }
}

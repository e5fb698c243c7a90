import type { Settled } from '@dualauth/postgres'
import { count, type Engine } from './engine.js'
import type { Verdict } from './work.js'

/**
 * Writes what became of items, and counts it. Items that another worker has taken over meanwhile are counted as busy.
 * @param mode `all`: in a transaction, which must be undone if one of the items is no longer ours; the returned
 *   function counts them once the transaction has succeeded.
 */
export async function settle(engine: Engine, verdicts: readonly Verdict[]): Promise<void>
export async function settle(engine: Engine, verdicts: readonly Verdict[], mode: 'all'): Promise<() => Promise<void>>
export async function settle(
  engine: Engine,
  verdicts: readonly Verdict[],
  mode?: 'all',
): Promise<void | (() => Promise<void>)> {
  const settlements = verdicts.map(({ settlement }) => settlement)
  const kind = verdicts[0]?.work.item.kind
  const settled = kind === undefined ? [] : await engine.ledger.settle(engine.scope, kind, settlements)
  if (mode === 'all' && settled.length < verdicts.length) throw leaseLost()
  const report = async (): Promise<void> => {
    const byId = new Map(settled.map((one) => [one.id, one]))
    for (const verdict of verdicts) await countOne(engine, verdict, byId.get(verdict.settlement.id) ?? null)
  }
  if (mode === 'all') return report
  await report()
}

async function countOne(
  engine: Engine,
  { work, settlement, counted }: Verdict,
  settled: Settled | null,
): Promise<void> {
  const { kind, id } = work.item
  if (settled === null) return count(engine, 'busy', { kind, id, code: 'taken_over' })
  const code = settled.code === null ? {} : { code: settled.code }
  const targetId = settlement.targetId === undefined ? {} : { targetId: settlement.targetId }
  switch (settled.state) {
    case 'done':
      return count(engine, counted, { kind, id, ...targetId, resetRequired: work.resetRequired })
    case 'conflict':
      return count(engine, 'conflicts', { kind, id, ...code })
    case 'pending':
      return count(engine, 'waiting', { kind, id, ...code })
    default:
      return count(engine, 'failed', { kind, id, ...code })
  }
}

function leaseLost(): Error {
  return new Error('import: another process has taken these items over')
}

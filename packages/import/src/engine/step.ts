import type { LedgerItem } from '@dualauth/postgres'
import type { Kind } from '../ports/rows.js'
import { bring } from './create.js'
import { count, progress, totalOf, type Engine } from './engine.js'
import { portions } from './read.js'
import { settle } from './settle.js'
import { inSlots } from './slots.js'
import { refresh } from './update.js'
import { failedAs, givenBack } from './verdicts.js'
import { badEntryOf, entryOf, workOf, type Entry, type Work } from './work.js'

/** Imports the rows of one kind. */
export async function runStep<K extends Kind>(
  engine: Engine,
  kind: K,
  only: ReadonlySet<string> | null,
): Promise<void> {
  const { settings } = engine
  const total = await totalOf(engine, kind)
  const size = Math.max(settings.batchSize ?? 100, settings.target.batchSize)
  const limit = { left: kind === 'person' ? (settings.limit ?? Infinity) : Infinity }
  await inSlots(engine, async (slots) => {
    for await (const { rows, bad } of portions(engine, kind, size, only)) {
      const entries = [...rows.map((row) => entryOf(engine, kind, row)), ...bad.map((one) => badEntryOf<K>(one))]
      for (const works of chunks(await claimed(engine, kind, entries, limit), settings.target.batchSize)) {
        await slots.start(async () => {
          await (engine.stopping.aborted ? giveBack(engine, works) : bringAll(engine, works))
          progress(engine, kind, total)
        })
      }
      progress(engine, kind, total)
      if (limit.left <= 0) break
    }
  })
}

/** The items that are ours now; the others are counted. */
async function claimed<K extends Kind>(
  engine: Engine,
  kind: K,
  entries: readonly Entry<K>[],
  limit: { left: number },
): Promise<readonly Work[]> {
  const { settings, ledger, scope } = engine
  const works: Work[] = []
  const rules = { failed: settings.retryFailed, changed: settings.update }
  for (let from = 0; from < entries.length;) {
    // Known items do not count: as many are claimed as the limit allows, until none is left.
    const asked = entries.slice(from, from + Math.min(entries.length, limit.left))
    if (asked.length === 0) break
    from += asked.length
    const items = await ledger.claim(
      scope,
      kind,
      asked.map(({ entry }) => entry),
      rules,
    )
    for (const [index, known] of items.entries()) {
      if (known.claimed) {
        works.push(workOf(engine, kind, asked[index]!, known))
        limit.left--
      } else await countKnown(engine, kind, known)
    }
  }
  return works
}

/** An item that is not imported now. */
export async function countKnown(engine: Engine, kind: Kind, known: LedgerItem): Promise<void> {
  const { id, targetId } = known
  const row = { kind, id, ...(known.code !== null && { code: known.code }), ...(targetId !== null && { targetId }) }
  switch (known.state) {
    case 'done':
    case 'rollback_blocked':
    case 'skipped':
      return count(engine, 'unchanged', { ...row, resetRequired: known.resetRequired })
    case 'conflict':
      return count(engine, 'conflicts', row)
    case 'failed':
      return count(engine, 'failed', row)
    case 'claimed':
    case 'rolling_back':
      return count(engine, 'busy', row)
    default:
      return count(engine, 'waiting', row)
  }
}

async function bringAll(engine: Engine, works: readonly Work[]): Promise<void> {
  const good = works.filter(({ bad }) => bad === null)
  await settle(
    engine,
    works.flatMap((work) => (work.bad === null ? [] : [failedAs(work, work.bad)])),
  )
  await refresh(
    engine,
    good.filter(({ isUpdate }) => isUpdate),
  )
  await bring(
    engine,
    good.filter(({ isUpdate }) => !isUpdate),
  )
}

/** So that the next run, or another process, need not wait until the lease ends. */
function giveBack(engine: Engine, works: readonly Work[]): Promise<void> {
  return settle(engine, works.map(givenBack))
}

export function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_none, index) =>
    all.slice(index * size, (index + 1) * size),
  )
}

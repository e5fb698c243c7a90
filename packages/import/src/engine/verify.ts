import type { Kind } from '../ports/rows.js'
import type { Item } from '../ports/target.js'
import { ask } from './ask.js'
import { progress, totalOf, type Engine } from './engine.js'
import { portions } from './read.js'
import { chunks } from './step.js'
import { badEntryOf, entryOf, workOf, type Entry } from './work.js'

/** What a verification found of one step. `read` rows of the source; each is counted in one of the others. */
export interface VerifyCounts {
  readonly read: number
  /** Done, and in the target as in the source. */
  readonly same: number
  /** Done, and something differs in the target. */
  readonly differs: number
  /** Done, and gone from the target. */
  readonly absent: number
  /** Done, and changed in the source since. */
  readonly drifted: number
  /** Done, and not compared: `read: false`, or a target that cannot be read. */
  readonly unchecked: number
  readonly conflicts: number
  readonly failed: number
  /** Not imported, or not yet. */
  readonly open: number
  /** Done, though the source has no such row any more. Not one of `read`. */
  readonly orphaned: number
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Compares each row of the source with the ledger and with the target. Writes nothing. */
export async function verifyStep<K extends Kind>(
  engine: Engine,
  kind: K,
  only: ReadonlySet<string> | null,
): Promise<VerifyCounts> {
  const { ledger, scope, settings } = engine
  const counts: Mutable<VerifyCounts> = {
    read: 0,
    same: 0,
    differs: 0,
    absent: 0,
    drifted: 0,
    unchecked: 0,
    conflicts: 0,
    failed: 0,
    open: 0,
    orphaned: 0,
  }
  const size = Math.max(settings.batchSize ?? 100, settings.target.batchSize)
  const total = await totalOf(engine, kind)
  let done = 0
  for await (const { rows, bad } of portions(engine, kind, size, only)) {
    if (engine.stopping.aborted) break
    const entries: Entry<K>[] = [
      ...rows.map((row) => entryOf(engine, kind, row)),
      ...bad.map((one) => badEntryOf<K>(one)),
    ]
    const known = await ledger.peek(
      scope,
      kind,
      entries.map(({ entry }) => entry),
      { failed: false, changed: false },
    )
    const items: Item[] = []
    for (const [index, item] of known.entries()) {
      const { entry } = entries[index]!
      if (item.state === 'done' || item.state === 'rollback_blocked') {
        done++
        if (item.digest !== item.current) await add(engine, counts, 'drifted', { kind, id: entry.id })
        else items.push(workOf(engine, kind, entries[index]!, item).item)
      } else {
        const outcome = item.state === 'conflict' ? 'conflicts' : item.state === 'failed' ? 'failed' : 'open'
        await add(engine, counts, outcome, { kind, id: entry.id, ...(item.code !== null && { code: item.code }) })
      }
    }
    for (const some of chunks(items, settings.target.batchSize)) await check(engine, counts, some)
    progress(engine, kind, total)
  }
  counts.read = engine.counts[kind].read
  // What stands in a report as failed without an id is in no ledger.
  counts.failed += engine.counts[kind].failed
  if (only === null && settings.organization === undefined && !engine.stopping.aborted) {
    const inLedger = (await ledger.count(settings.target.name))[kind]
    counts.orphaned = (inLedger?.done ?? 0) + (inLedger?.rollback_blocked ?? 0) - done
  }
  return counts
}

async function check(engine: Engine, counts: Mutable<VerifyCounts>, items: readonly Item[]): Promise<void> {
  const { target } = engine.settings
  if (target.check === undefined) {
    for (const { kind, id } of items) await add(engine, counts, 'unchecked', { kind, id })
    return
  }
  const result = await ask(engine, false, items.length, (call) => target.check!(items, call))
  for (const [index, { kind, id }] of items.entries()) {
    const answer = result.ok ? result.answers[index]! : null
    if (answer === null) await add(engine, counts, 'unchecked', { kind, id })
    else if (answer.outcome === 'differs') await add(engine, counts, 'differs', { kind, id, fields: answer.fields })
    else await add(engine, counts, answer.outcome, { kind, id })
  }
}

async function add(
  { settings }: Engine,
  counts: Mutable<VerifyCounts>,
  outcome: Exclude<keyof VerifyCounts, 'read' | 'orphaned'>,
  row: { readonly kind: Kind; readonly id: string; readonly code?: string; readonly fields?: readonly string[] },
): Promise<void> {
  counts[outcome]++
  // What is as it should be would only make a report long.
  if (outcome !== 'same') await settings.report?.({ ...row, outcome })
}

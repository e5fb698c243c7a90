import type { LedgerItem } from '@dualauth/postgres'
import type { Kind } from '../ports/rows.js'
import type { Checked, Item } from '../ports/target.js'
import { ask, type Answered } from './ask.js'
import { progress, totalOf, type Engine } from './engine.js'
import { portions } from './read.js'
import { inSlots } from './slots.js'
import { chunks } from './step.js'
import { badEntryOf, entryOf, workOf, type Entry } from './work.js'

/** What a verification found in one step. `read` rows of the source; each is counted in one of the others. */
export interface VerifyCounts {
  readonly read: number
  /** Done, and the same in the target as in the source. */
  readonly same: number
  /** Done, but something differs in the target. */
  readonly differs: number
  /** Done, but gone from the target. */
  readonly absent: number
  /** Done, but changed in the source since. */
  readonly drifted: number
  /** Done, but not compared: `read: false`, or a target that cannot be read. */
  readonly unchecked: number
  readonly conflicts: number
  readonly failed: number
  /** Not imported, or not yet. */
  readonly open: number
  /** Done, but no longer in the source. Not one of `read`. */
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
  await inSlots(engine, async (slots) => {
    for await (const { rows, bad } of portions(engine, kind, size, only)) {
      if (engine.stopping.aborted) return
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
      const isDone = ({ state }: LedgerItem) => state === 'done' || state === 'rollback_blocked'
      done += known.filter(isDone).length
      await slots.start(
        async () => {},
        async () => {
          for (const item of known)
            if (!isDone(item)) await addOpen(engine, counts, kind, item)
            else if (item.digest !== item.current) await add(engine, counts, 'drifted', { kind, id: item.id })
          progress(engine, kind, total)
        },
      )
      const items = known.flatMap((item, index) =>
        isDone(item) && item.digest === item.current ? [workOf(engine, kind, entries[index]!, item).item] : [],
      )
      for (const some of chunks(items, settings.target.batchSize))
        await slots.start(
          () => check(engine, some),
          async (checked) => {
            await countChecked(engine, counts, some, checked)
            progress(engine, kind, total)
          },
        )
    }
  })
  counts.read = engine.counts[kind].read
  // A row reported as failed without an id is in no ledger.
  counts.failed += engine.counts[kind].failed
  if (only === null && settings.organization === undefined && !engine.stopping.aborted) {
    const inLedger = (await ledger.count(settings.target.name))[kind]
    counts.orphaned = (inLedger?.done ?? 0) + (inLedger?.rollback_blocked ?? 0) - done
  }
  return counts
}

function addOpen(engine: Engine, counts: Mutable<VerifyCounts>, kind: Kind, item: LedgerItem): Promise<void> {
  const outcome = item.state === 'conflict' ? 'conflicts' : item.state === 'failed' ? 'failed' : 'open'
  return add(engine, counts, outcome, { kind, id: item.id, ...(item.code !== null && { code: item.code }) })
}

/** Null: this target cannot be read. */
async function check(engine: Engine, items: readonly Item[]): Promise<Answered<Checked> | null> {
  const { target } = engine.settings
  return target.check === undefined ? null : ask(engine, false, items.length, (call) => target.check!(items, call))
}

async function countChecked(
  engine: Engine,
  counts: Mutable<VerifyCounts>,
  items: readonly Item[],
  checked: Answered<Checked> | null,
): Promise<void> {
  for (const [index, { kind, id }] of items.entries()) {
    const answer = checked?.ok === true ? checked.answers[index]! : null
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
  // Listing what is as it should be would only make a report long.
  if (outcome !== 'same') await settings.report?.({ ...row, outcome })
}

import type { Settled } from '@dualauth/postgres'
import type { Kind } from '../ports/rows.js'
import type { Removal } from '../ports/target.js'
import { codeOf } from '../rows/parse.js'
import { ask } from './ask.js'
import { progress, type Engine } from './engine.js'
import { inSlots } from './slots.js'
import { chunks } from './step.js'

/** What a rollback did. */
export interface RollbackCounts {
  /** Taken back: removed from the target if this import had created it, and unlinked. */
  readonly removed: number
  /** Already in the target before the import, or kept there by `mode: 'unlink'`: only unlinked. */
  readonly kept: number
  /** Still there: in use, or changed since. */
  readonly blocked: number
}

/** The options of `rollback`. */
export interface RollbackOptions {
  /**
   * `delete` also removes from the target what this import has created there; `unlink` removes only the links. Default
   * `delete`.
   */
  readonly mode?: 'delete' | 'unlink'
  /** Only what this run has imported, by its id. Default: everything that was ever imported into the target. */
  readonly run?: string
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Takes back what this import did according to the ledger, and nothing else. */
export async function rollbackStep(
  engine: Engine,
  kind: Kind,
  only: ReadonlySet<string> | null,
  { mode, run }: { readonly mode: 'delete' | 'unlink'; readonly run?: string },
): Promise<RollbackCounts> {
  const { ledger, scope, settings } = engine
  const counts: Mutable<RollbackCounts> = { removed: 0, kept: 0, blocked: 0 }
  const limit = Math.max(settings.batchSize ?? 100, settings.target.batchSize)
  const { organization } = settings
  const which = {
    ...(run !== undefined && { run }),
    ...(organization !== undefined && { organization }),
    ...(only !== null && { people: [...only] }),
  }
  const isAll = run === undefined && only === null && organization === undefined
  const total = isAll && settings.onProgress !== undefined ? await importedOf(engine, kind) : null
  await inSlots(engine, async (slots) => {
    for (let after: string | null = null; !engine.stopping.aborted;) {
      const items = await ledger.claimRollback(scope, kind, { after, limit, ...which })
      if (items.length === 0) return
      after = items.at(-1)!.id
      engine.counts[kind].read += items.length
      const used = new Set(items.filter(({ isUsed }) => isUsed).map(({ id }) => id))
      const removals = items.map(({ isUsed: _isUsed, ...item }): Removal => ({
        ...item,
        kind,
        targetId: item.targetId ?? '',
      }))
      for (const some of chunks(removals, settings.target.batchSize))
        await slots.start(
          () => takeBack(engine, kind, some, used, mode),
          async (settled) => {
            for (const { id, state, code } of settled) {
              const { created } = some.find((one) => one.id === id)!
              const outcome =
                state === 'rollback_blocked' ? 'blocked' : created && mode === 'delete' ? 'removed' : 'kept'
              counts[outcome]++
              await settings.report?.({ kind, id, outcome, ...(code !== null && { code }) })
            }
            progress(engine, kind, total)
          },
        )
    }
  })
  return counts
}

async function importedOf({ ledger, settings }: Engine, kind: Kind): Promise<number> {
  const {
    done = 0,
    rollback_blocked: blocked = 0,
    rolling_back: begun = 0,
  } = (await ledger.count(settings.target.name))[kind] ?? {}
  return done + blocked + begun
}

async function takeBack(
  engine: Engine,
  kind: Kind,
  removals: readonly Removal[],
  used: ReadonlySet<string>,
  mode: 'delete' | 'unlink',
): Promise<readonly Settled[]> {
  const codes = engine.stopping.aborted ? null : await remove(engine, removals, used, mode)
  // Claimed items are released when the run ends.
  if (codes === null) return []
  return engine.ledger.settleRollback(
    engine.scope,
    kind,
    removals.map(({ id }, index) => ({ id, code: codes[index]! })),
  )
}

/** @returns Why each stays; null if it does not. Null for all if the run is ending. */
async function remove(
  engine: Engine,
  removals: readonly Removal[],
  used: ReadonlySet<string>,
  mode: 'delete' | 'unlink',
): Promise<readonly (string | null)[] | null> {
  const { target } = engine.settings
  // Anything that existed before is left alone, unless this import has changed it.
  const sent = removals.filter(
    ({ id, created, before }) => mode === 'delete' && !used.has(id) && (created || before !== null),
  )
  const otherwise = ({ id }: Removal): string | null => (used.has(id) ? 'in_use' : null)
  if (sent.length === 0) return removals.map(otherwise)
  if (target.remove === undefined)
    return removals.map((one) => (sent.includes(one) ? 'remove_unsupported' : otherwise(one)))
  const result = await ask(engine, false, sent.length, (call) => target.remove!(sent, call))
  if (!result.ok && result.why === 'stopped') return null
  return removals.map((one) => {
    const at = sent.indexOf(one)
    if (at === -1) return otherwise(one)
    if (!result.ok) return codeOf(result.code)
    const answer = result.answers[at]!
    return answer.outcome === 'blocked' ? codeOf(answer.code) : null
  })
}

import type { Item, Target } from '../ports/target.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { failedAs, unanswered } from './verdicts.js'
import type { Verdict, Work } from './work.js'

/**
 * Sends what an existing object still lacks, such as members of a group; then it is done. Repeating it changes nothing.
 */
export async function complete(engine: Engine, verdict: Verdict): Promise<Verdict> {
  const { target } = engine.settings
  if (verdict.isIncomplete !== true) return verdict
  if (target.update === undefined) return failedAs(verdict.work, 'update_unsupported')
  return changed(engine, verdict.work, verdict, (items, call) => target.update!(items, call))
}

/** Changes the existing object of a verdict; adds what is learned about the change to the verdict. */
export async function changed(
  engine: Engine,
  work: Work,
  verdict: Verdict,
  change: NonNullable<Target['adopt' | 'update']>,
): Promise<Verdict> {
  const { settlement } = verdict
  const item: Item = { ...work.item, targetId: settlement.targetId! }
  const result = await ask(engine, false, 1, (call) => change([item], call))
  if (!result.ok) return unanswered(work, result)
  const [answer] = result.answers
  if (answer?.outcome !== 'updated')
    return failedAs(work, answer?.outcome === 'rejected' ? answer.code : 'absent_in_target')
  const { after, before } = answer
  return {
    ...verdict,
    settlement: {
      ...settlement,
      ...(after !== undefined && { after }),
      // An object that this import created is taken back as a whole.
      ...(before !== undefined && settlement.created !== true && { before }),
    },
  }
}

import type { Item } from '../ports/target.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { failedAs, unanswered } from './verdicts.js'
import type { Verdict } from './work.js'

/** Sends what is still missing of an object that is there, such as members of a group; then it is done. Twice is once. */
export async function complete(engine: Engine, verdict: Verdict): Promise<Verdict> {
  const { work, settlement, isIncomplete } = verdict
  const target = engine.settings.target
  if (isIncomplete !== true) return verdict
  if (target.update === undefined) return failedAs(work, 'update_unsupported')
  const item: Item = { ...work.item, targetId: settlement.targetId! }
  const result = await ask(engine, false, 1, (call) => target.update!([item], call))
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
      // What this import has made is taken back as a whole.
      ...(before !== undefined && settlement.created !== true && { before }),
    },
  }
}

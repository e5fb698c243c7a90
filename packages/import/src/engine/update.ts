import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { failedAs, unanswered } from './verdicts.js'
import { settle } from './settle.js'
import type { Verdict, Work } from './work.js'

/** Sends changed items again. An update may be repeated as often as needed. */
export async function refresh(engine: Engine, works: readonly Work[]): Promise<void> {
  if (works.length === 0) return
  const { target } = engine.settings
  if (target.update === undefined)
    return settle(
      engine,
      works.map((work) => failedAs(work, 'update_unsupported')),
    )
  const items = works.map(({ item }) => item)
  const result = await ask(engine, false, items.length, (call) => target.update!(items, call))
  if (!result.ok)
    return settle(
      engine,
      works.map((work) => unanswered(work, result)),
    )
  const verdicts = works.map((work, index): Verdict => {
    const answer = result.answers[index]!
    if (answer.outcome === 'absent') return failedAs(work, 'absent_in_target')
    if (answer.outcome === 'rejected') return failedAs(work, answer.code)
    const { after, before } = answer
    return {
      work,
      counted: 'updated',
      settlement: {
        id: work.item.id,
        state: 'done',
        targetId: work.item.targetId!,
        digest: work.digest,
        resetRequired: work.resetRequired,
        ...(after !== undefined && { after }),
        ...(before !== undefined && { before }),
      },
    }
  })
  await settle(engine, verdicts)
}

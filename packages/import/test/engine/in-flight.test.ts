import { expect, it } from 'vitest'
import { createImport, TargetError, type ImportOptions, type ReportRow, type Target } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource, somePeople } from '../support/list-source.js'
import { memoryTarget } from '../support/memory-target.js'

/** Answers a call when as many others are under way as may be, or when nobody else comes. */
function counting(target: Target): { readonly target: Target; most(): number } {
  let now = 0
  let most = 0
  const counted =
    <Asked, Answer>(call: (...asked: Asked[]) => Promise<Answer>) =>
    async (...asked: Asked[]): Promise<Answer> => {
      most = Math.max(most, ++now)
      // The later ones are quicker than the earlier ones.
      for (let turn = 0; turn < 20 - now; turn++) await new Promise(setImmediate)
      now--
      return call(...asked)
    }
  return {
    target: {
      ...target,
      find: counted(target.find as never),
      check: counted((async (items: readonly object[]) =>
        items.map(() => ({ outcome: 'differs', fields: [] }))) as never),
      remove: counted(target.remove as never),
    },
    most() {
      const was = most
      most = 0
      return was
    },
  }
}

describePostgres('what an import has under way at once', ({ query }) => {
  const source = listSource({ people: somePeople(60) })
  const ids = somePeople(60).map(({ id }) => String(id))

  it('is as much as `concurrency` says, also of a dry run, a verification and a rollback, reported in order', async () => {
    const { target, most } = counting(memoryTarget({ batchSize: 1 }))
    const report: ReportRow[] = []
    const moving = (more: Partial<ImportOptions> = {}) =>
      createImport({
        query,
        source,
        target,
        concurrency: 6,
        batchSize: 20,
        report: (row) => void report.push(row),
        ...more,
      })
    const reported = () => report.splice(0).map(({ id }) => String(id))
    await moving().plan()
    expect([most(), reported()]).toEqual([6, ids])
    await moving().run()
    expect(most()).toBe(6)
    expect(new Set(reported())).toEqual(new Set(ids))
    await moving().verify()
    expect([most(), reported()]).toEqual([6, ids])
    await moving({ concurrency: 1 }).verify()
    expect([most(), reported()]).toEqual([1, ids])
    expect((await moving().rollback()).counts.person).toMatchObject({ removed: 60 })
    expect([most(), reported()]).toEqual([6, ids.toSorted()])
  })

  it('ends at once where the target takes nothing any more', async () => {
    const calls: string[] = []
    const fatal = async (items: readonly { readonly id: string }[]): Promise<never[]> => {
      calls.push(items[0]!.id)
      throw new TargetError('fatal', { code: 'status_401' })
    }
    const whole = memoryTarget({ batchSize: 1 })
    await createImport({ query, source, target: whole }).run()
    for (const [method, verb] of [
      ['check', 'verify'],
      ['remove', 'rollback'],
    ] as const) {
      const made = createImport({ query, source, target: { ...whole, [method]: fatal }, concurrency: 4 })
      await expect(made[verb]()).rejects.toMatchObject({ kind: 'fatal', code: 'status_401' })
      expect(calls.splice(0).length).toBeLessThanOrEqual(4)
    }
    expect((await createImport({ query, source, target: whole }).rollback()).counts.person).toMatchObject({
      removed: 60,
    })
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCoalesce, type Run } from '../../src/async/coalesce.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const WAIT_MS = 1_000
const silence = new Promise<number>(() => {})

/** Runs that end as told, one after another, and how many there were. */
function runs(...ends: (number | Promise<number>)[]) {
  let started = 0
  return { task: async () => ends[started++] ?? 0, started: () => started }
}

describe('callers that ask for the same at the same time', () => {
  it('share one run, and the next one starts another', async () => {
    const { task, started } = runs(1, 2)
    const { join } = createCoalesce<number>({ waitMs: WAIT_MS })
    expect(await Promise.all([join('a', task), join('a', task), join('a', task)])).toEqual([1, 1, 1])
    expect(await join('a', task)).toBe(2)
    expect(started()).toBe(2)
  })

  it('share a failure, which is not kept', async () => {
    const { join } = createCoalesce<number>({ waitMs: WAIT_MS })
    const failing = () => Promise.reject(new Error('down'))
    const ends = await Promise.allSettled([join('a', failing), join('a', failing)])
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await join('a', runs(3).task)).toBe(3)
  })

  it('get what is at hand without a promise', () => {
    expect(createCoalesce<number>({ waitMs: WAIT_MS }).join('a', () => 1)).toBe(1)
  })

  it('do not share where only a part of the key is the same', async () => {
    const { task } = runs(1, 2)
    const { join } = createCoalesce<number>({ waitMs: WAIT_MS })
    expect(await Promise.all([join('a', task, 'x.a'), join('a', task, 'y.a')])).toEqual([1, 2])
  })
})

describe('a run that never ends', () => {
  it('is replaced by the first caller that waited in vain, and the others join that one', async () => {
    let answer: (value: number) => void = () => {}
    const { task, started } = runs(silence, new Promise((resolve) => (answer = resolve)))
    const { join } = createCoalesce<number>({ waitMs: WAIT_MS })
    void join('a', task)
    const waiting = Promise.all([join('a', task), join('a', task), join('a', task)])
    await vi.advanceTimersByTimeAsync(WAIT_MS)
    answer(7)
    expect(await waiting).toEqual([7, 7, 7])
    expect(started()).toBe(2)
  })

  it('holds nobody for more than two waits', async () => {
    const { task } = runs(silence, silence, 9)
    const { join } = createCoalesce<number>({ waitMs: WAIT_MS })
    void join('a', task)
    const waiting = [join('a', task), join('a', task)]
    await vi.advanceTimersByTimeAsync(2 * WAIT_MS)
    expect(await waiting[1]).toBe(9)
  })

  it('is answered by `late` where each run costs something', async () => {
    const { task, started } = runs(silence)
    const { join } = createCoalesce<number>({ waitMs: WAIT_MS, late: () => -1 })
    void join('a', task)
    const waiting = join('a', task)
    await vi.advanceTimersByTimeAsync(WAIT_MS)
    expect(await waiting).toBe(-1)
    expect(started()).toBe(1)
  })
})

it('a run that another one replaced knows it', async () => {
  const { join, start } = createCoalesce<boolean>({ waitMs: WAIT_MS })
  let finish: (value: void) => void = () => {}
  const pending = new Promise<void>((resolve) => (finish = resolve))
  const early = join('a', (run: Run) => pending.then(() => run.isCurrent()))
  const late = start('a', async (run) => {
    await Promise.resolve()
    return run.isCurrent()
  })
  finish()
  expect(await Promise.all([early, late])).toEqual([false, true])
})

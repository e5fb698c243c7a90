import type { Engine } from './engine.js'

/** A limited number of tasks at once; further ones wait. */
export interface Slots {
  /**
   * Resolves when `work` has begun. Rejects with the error of an earlier one.
   * @param then Gets the result of `work`, one at a time and in starting order; nothing after a failure.
   */
  readonly start: <T>(work: () => Promise<T>, then?: (done: T) => Promise<void>) => Promise<void>
  /** Resolves when everything has ended; rejects with the first error. */
  readonly drain: () => Promise<void>
}

/** @param failed Called with the first error, at once. */
function createSlots(size: number, failed: (error: unknown) => void): Slots {
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null
  let last: Promise<void> = Promise.resolve()

  return {
    async start(work, then) {
      while (running.size >= size && failure === null) await Promise.race(running)
      if (failure !== null) throw failure.error
      const before = last
      const whole = async (): Promise<void> => {
        const done = await work()
        if (then === undefined) return
        await before
        if (failure === null) await then(done)
      }
      const one = whole()
        .catch((error: unknown) => {
          if (failure === null) failed(error)
          failure ??= { error }
        })
        .finally(() => running.delete(one))
      running.add(one)
      if (then !== undefined) last = one
    },
    async drain() {
      await Promise.all(running)
      if (failure !== null) throw failure.error
    },
  }
}

/** Runs what `feed` starts in as many slots as the run has. Throws the first error once all running work has ended. */
export async function inSlots(engine: Engine, feed: (slots: Slots) => Promise<void>): Promise<void> {
  const slots = createSlots(engine.settings.concurrency, engine.fail)
  try {
    await feed(slots)
  } catch (error) {
    engine.fail(error)
    await slots.drain().catch(() => {})
    throw error
  }
  await slots.drain()
}

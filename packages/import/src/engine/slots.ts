/** So many things at once; whoever wants more waits. */
export interface Slots {
  /** Resolves when `work` has begun. Rejects with what an earlier one has thrown. */
  readonly start: (work: () => Promise<void>) => Promise<void>
  /** Resolves when everything has ended; rejects with the first error. */
  readonly drain: () => Promise<void>
}

/** @param failed Called with the first error, at once. */
export function createSlots(size: number, failed: (error: unknown) => void): Slots {
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null

  return {
    async start(work) {
      while (running.size >= size && failure === null) await Promise.race(running)
      if (failure !== null) throw failure.error
      const one = work()
        .catch((error: unknown) => {
          if (failure === null) failed(error)
          failure ??= { error }
        })
        .finally(() => running.delete(one))
      running.add(one)
    },
    async drain() {
      await Promise.all(running)
      if (failure !== null) throw failure.error
    },
  }
}

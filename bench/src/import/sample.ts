/** What a process holds, in MiB, one value for each portion that was imported. */
export interface Memory {
  readonly heap: number[]
  readonly rss: number[]
}

/** Samples as the import goes on; what can be collected is collected first, with `--expose-gc`. */
export function createSampler(every: number): { readonly memory: Memory; note(read: number): void } {
  const memory: Memory = { heap: [], rss: [] }
  let noted = 0
  return {
    memory,
    note(read) {
      if (read - noted < every) return
      noted = read
      globalThis.gc?.()
      const { heapUsed, rss } = process.memoryUsage()
      memory.heap.push(heapUsed / 2 ** 20)
      memory.rss.push(rss / 2 ** 20)
    },
  }
}

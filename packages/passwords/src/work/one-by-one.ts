/** Runs what has the same key one after another. */
export type OneByOne = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Keys are held while something of theirs runs or waits. */
export function createOneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}

/** A map of bounded size: what was used longest ago goes first, once it is more than half full. */
export interface BoundedCache<V> {
  readonly size: number
  get(key: string): V | undefined
  set(key: string, value: V): void
  /** @returns whether it was there. */
  delete(key: string): boolean
}

export interface Weights<V> {
  readonly maxWeight: number
  weigh(value: V): number
}

/** @param max Entries. `weights` bounds their sum as well; a value that is over it alone is not kept. */
export function boundedCache<V>(max: number, weights: Weights<V> | null = null): BoundedCache<V> {
  // A Map iterates in order of insertion, so moving an entry to its end on use keeps the oldest first.
  const entries = new Map<string, V>()
  let weight = 0
  const weightOf = (value: V): number => weights?.weigh(value) ?? 0
  const isHalfFull = (): boolean => 2 * entries.size > max || (weights !== null && 2 * weight > weights.maxWeight)
  const remove = (key: string): boolean => {
    const value = entries.get(key)
    if (value === undefined) return false
    weight -= weightOf(value)
    return entries.delete(key)
  }
  return {
    get size() {
      return entries.size
    },
    get(key) {
      const value = entries.get(key)
      // While there is room nobody has to go, so that the order does not matter.
      if (value === undefined || !isHalfFull()) return value
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      remove(key)
      if (weights !== null && weightOf(value) > weights.maxWeight) return
      entries.set(key, value)
      weight += weightOf(value)
      while (entries.size > max || (weights !== null && weight > weights.maxWeight))
        remove(entries.keys().next().value as string)
    },
    delete: remove,
  }
}

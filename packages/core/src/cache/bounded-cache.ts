/** A map of at most `max` entries: what was used longest ago goes first. */
export interface BoundedCache<V> {
  readonly size: number
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
}

export function boundedCache<V>(max: number): BoundedCache<V> {
  // A Map iterates in order of insertion, so moving an entry to its end on use keeps the oldest first.
  const entries = new Map<string, V>()
  return {
    get size() {
      return entries.size
    },
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > max) entries.delete(entries.keys().next().value as string)
    },
    delete: (key) => void entries.delete(key),
  }
}

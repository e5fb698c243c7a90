import type { RefreshStore } from '@dualauth/core'

/** What instances share, as a Redis would keep it; it can be taken away, and looked into. */
export interface SharedStore extends RefreshStore {
  isDown: boolean
  /** Commands until it goes down. */
  downAfter: number
  readonly entries: ReadonlyMap<string, { readonly value: string; readonly until: number }>
}

export function createSharedStore(now: () => number): SharedStore {
  const entries = new Map<string, { value: string; until: number }>()
  const command = async <T>(run: () => T): Promise<T> => {
    await Promise.resolve()
    if (store.isDown || store.downAfter-- <= 0) throw new Error('store: connection refused')
    return run()
  }
  const read = (key: string): string | null => {
    const entry = entries.get(key)
    return entry !== undefined && entry.until > now() ? entry.value : null
  }
  const write = (key: string, value: string, ttlMs: number): void =>
    void entries.set(key, { value, until: now() + ttlMs })
  const store = {
    isDown: false,
    downAfter: Number.POSITIVE_INFINITY,
    entries,
    add: (key: string, value: string, ttlMs: number) =>
      command(() => {
        if (read(key) !== null) return false
        write(key, value, ttlMs)
        return true
      }),
    get: (key: string) => command(() => read(key)),
    set: (key: string, value: string, ttlMs: number) => command(() => write(key, value, ttlMs)),
    delete: (key: string) => command(() => void entries.delete(key)),
  }
  return store
}

import { boundedCache } from '../../cache/bounded-cache.js'
import type { MaybePromise } from '../../async/maybe-promise.js'

/**
 * What the instances of an app share, so that one of them refreshes a session and the others get
 * its answer. Four commands of Redis. While one throws, nothing is refreshed: what is good goes on, the rest is 503.
 */
export interface RefreshStore {
  /** Sets a value where there is none and says whether it did: `SET key value NX PX ttlMs`. */
  add(key: string, value: string, ttlMs: number): MaybePromise<boolean>
  get(key: string): MaybePromise<string | null>
  set(key: string, value: string, ttlMs: number): MaybePromise<void>
  delete(key: string): MaybePromise<void>
  /** Rejects if it cannot be asked now, for `auth.ready()`. Left out: taken to be ready. */
  ready?(): MaybePromise<unknown>
}

const MAX_ENTRIES = 10_000

export interface MemoryStore extends RefreshStore {
  get(key: string): string | null
  set(key: string, value: string, ttlMs: number): void
}

/** A store of this process, bounded: the entries that were written longest ago go first. */
export function memoryStore(now: () => number): MemoryStore {
  const entries = boundedCache<{ readonly value: string; readonly until: number }>(MAX_ENTRIES)
  const read = (key: string) => {
    const entry = entries.peek(key)
    return entry !== undefined && entry.until > now() ? entry.value : null
  }
  const write = (key: string, value: string, ttlMs: number) => {
    entries.set(key, { value, until: now() + ttlMs })
    // Sealed sessions are large: those that are over do not wait until the store is full.
    for (const oldest of entries.rkeys()) {
      if (read(oldest) !== null) break
      entries.delete(oldest)
    }
  }
  return {
    add(key, value, ttlMs) {
      if (read(key) !== null) return false
      write(key, value, ttlMs)
      return true
    },
    get: read,
    set: write,
    delete: (key) => void entries.delete(key),
  }
}

/**
 * The same store, whose commands reject when they take too long. What was added after that, by a client that kept the command
 * until its server was back, is deleted: whoever wanted it has given up.
 */
export function timedStore(store: RefreshStore, timeoutMs: number): RefreshStore {
  const undo = async (key: string, added: boolean): Promise<void> => {
    if (added) await store.delete(key)
  }
  return {
    add: (key, value, ttlMs) =>
      within(
        timeoutMs,
        async () => store.add(key, value, ttlMs),
        (added) => void undo(key, added).catch(() => {}),
      ),
    get: (key) => within(timeoutMs, async () => store.get(key)),
    set: (key, value, ttlMs) => within(timeoutMs, async () => store.set(key, value, ttlMs)),
    delete: (key) => within(timeoutMs, async () => store.delete(key)),
  }
}

/** @param late Gets what came after the time. */
function within<T>(timeoutMs: number, command: () => Promise<T>, late: (value: T) => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new Error('refresh store: no answer in time'))
    }, timeoutMs)
    command()
      .then((value) => (isLate ? late(value) : resolve(value)), reject)
      .finally(() => clearTimeout(timer))
  })
}

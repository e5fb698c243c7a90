import { boundedCache } from '../../cache/bounded-cache.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { StoreAbout } from '../../route/about.js'

/**
 * A store shared by an app's instances, so that one of them refreshes a session and the others get its answer. Four
 * Redis commands. If one throws, nothing is refreshed: valid sessions go on, others get 503.
 */
export interface RefreshStore {
  /** Sets a value if there is none, and returns whether it did: `SET key value NX PX ttlMs`. */
  add(key: string, value: string, ttlMs: number): MaybePromise<boolean>
  get(key: string): MaybePromise<string | null>
  set(key: string, value: string, ttlMs: number): MaybePromise<void>
  delete(key: string): MaybePromise<void>
  /** Rejects if it is not available now, for `auth.ready()`. Default: assumed to be ready. */
  ready?(): MaybePromise<unknown>
  /** For `auth.inspect`. */
  readonly about?: StoreAbout
}

const MAX_ENTRIES = 10_000

export interface MemoryStore extends RefreshStore {
  get(key: string): string | null
  set(key: string, value: string, ttlMs: number): void
}

/** A bounded store in this process. The entries written longest ago are dropped first. */
export function memoryStore(now: () => number): MemoryStore {
  const entries = boundedCache<{ readonly value: string; readonly until: number }>(MAX_ENTRIES)
  const read = (key: string) => {
    const entry = entries.peek(key)
    return entry !== undefined && entry.until > now() ? entry.value : null
  }
  const write = (key: string, value: string, ttlMs: number) => {
    entries.set(key, { value, until: now() + ttlMs })
    // Sealed sessions are large, so expired ones are deleted before the store is full.
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
 * The same store with commands that reject if they take too long. If a client runs a delayed `add` once its server is
 * back, the entry is deleted, because the caller has given up.
 */
export function timedStore(store: RefreshStore, timeoutMs: number): RefreshStore {
  const undo = async (key: string, value: string, added: boolean): Promise<void> => {
    if (added && (await store.get(key)) === value) await store.delete(key)
  }
  return {
    add: (key, value, ttlMs) =>
      within(
        timeoutMs,
        async () => store.add(key, value, ttlMs),
        (added) => void undo(key, value, added).catch(() => {}),
      ),
    get: (key) => within(timeoutMs, async () => store.get(key)),
    set: (key, value, ttlMs) => within(timeoutMs, async () => store.set(key, value, ttlMs)),
    delete: (key) => within(timeoutMs, async () => store.delete(key)),
  }
}

/** @param late Called with a result that arrives too late. */
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

import { isPending, promised, type MaybePromise } from '../async/maybe-promise.js'
import { within } from '../async/within.js'
import type { CacheKey } from './cache-key.js'

/** Of callers that bring one credential at the same time, the first does the task and all get its result. */
export type Together = <T>(key: CacheKey, refresh: boolean, task: () => MaybePromise<T>) => MaybePromise<T>

interface Judging {
  readonly whole: string | null
  readonly result: Promise<unknown>
}

/** Others wait no longer than this for a judging that somebody else began. */
const WAIT_MS = 5_000

export function createTogether(): Together {
  const renewing = new Map<string, Judging>()
  const reading = new Map<string, Judging>()
  return <T>({ index, whole }: CacheKey, refresh: boolean, task: () => MaybePromise<T>) => {
    const pending = refresh ? renewing : reading
    const known = pending.get(index)
    const end = (one: Judging): void => {
      if (pending.get(index) === one) pending.delete(index)
    }
    if (known === undefined) {
      const result = promised(task())
      if (!isPending(result)) return result
      const mine = { whole, result }
      pending.set(index, mine)
      return result.finally(() => end(mine))
    }
    if (known.whole !== whole) return task()
    // On Workers it may have died with the request that began it, without a word to the others.
    return within(known.result as Promise<T>, WAIT_MS).then((shared) => {
      if (shared !== null) return shared
      end(known)
      return task()
    })
  }
}

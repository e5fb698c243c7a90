import { isPending, promised } from '../keys/and-then.js'
import type { MaybePromise } from '../keys/crypto.js'
import { within } from '../keys/within.js'
import type { Place } from './place.js'

/** Of callers that bring one credential at the same time, the first does the task and all get its result. */
export type Together = <T>(place: Place, refresh: boolean, task: () => MaybePromise<T>) => MaybePromise<T>

/** Others wait no longer than this for a judging that somebody else began. */
const WAIT_MS = 5_000

export function createTogether(): Together {
  const pending = new Map<string, { readonly whole: string | null; readonly result: Promise<unknown> }>()
  return <T>({ index, whole }: Place, refresh: boolean, task: () => MaybePromise<T>) => {
    const key = refresh ? index : `-${index}`
    const known = pending.get(key)
    const end = (one: typeof known): void => {
      if (pending.get(key) === one) pending.delete(key)
    }
    if (known === undefined) {
      const result = promised(task())
      if (!isPending(result)) return result
      const mine = { whole, result }
      pending.set(key, mine)
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

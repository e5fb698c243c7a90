import type { MaybePromise } from '../async/maybe-promise.js'
import { within } from '../async/within.js'

/** A source or store of the app that may be able to say whether it is available. */
export interface CheckedSource {
  ready?(): MaybePromise<unknown>
}

/** Drivers that have lost their server may hold a statement indefinitely. */
const TIMEOUT_MS = 10_000

/** Rejects if one of them is not available now. Those without `ready` are assumed to be ready. */
export async function sourcesReady(...sources: readonly (CheckedSource | null | undefined)[]): Promise<void> {
  await Promise.all(
    sources.map(async (source) => {
      if (typeof source?.ready !== 'function') return
      const answer = await within(
        Promise.resolve(source.ready()).then(() => true),
        TIMEOUT_MS,
      )
      if (answer === null) throw new Error(`no answer within ${TIMEOUT_MS} ms`)
    }),
  )
}

import type { MaybePromise } from '../async/maybe-promise.js'
import { within } from '../async/within.js'

/** A source or store of the app that can say whether it could be asked now. */
export interface CheckedSource {
  ready?(): MaybePromise<unknown>
}

/** Drivers that lost their server may keep a statement for as long as they like. */
const TIMEOUT_MS = 10_000

/** Rejects if one of them cannot be asked now; what has no `ready` is taken to be ready. */
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

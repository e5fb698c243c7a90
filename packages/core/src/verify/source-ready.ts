import { inTime } from '../async/in-time.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import { within } from '../async/within.js'

/** A source or store of the app that may be able to say whether it is available. */
export interface CheckedSource {
  ready?(): MaybePromise<unknown>
}

/** Drivers that have lost their server may hold a statement indefinitely. */
const TIMEOUT_MS = 10_000

/**
 * Rejects if it is not available now. A source without `ready` is assumed to be ready.
 *
 * @param asked The option, for messages: `betterAuth(ba).sessions`. Null if the message needs no name.
 */
export async function sourceReady(
  source: CheckedSource | null | undefined,
  asked: string | null,
  waitMs: number = TIMEOUT_MS,
): Promise<void> {
  if (typeof source?.ready !== 'function') return
  if (asked !== null) return void (await inTime(async () => source.ready?.(), waitMs, asked))
  const answer = await within(
    Promise.resolve(source.ready()).then(() => true),
    waitMs,
  )
  if (answer === null) throw new Error(`no answer within ${waitMs} ms`)
}

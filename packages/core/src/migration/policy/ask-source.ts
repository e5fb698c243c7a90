import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import { hasPassed } from '../../outbound/has-passed.js'
import type { LoadedPolicy, PolicySource } from './policy-source.js'

/** How long an answer is waited for. */
export const LOOK_MS = 5_000
/** A connection that broke without a word may never answer: after so long, the source is asked once more beside it. */
const STUCK_MS = 60_000
/** Each may hold a connection of the application's pool. */
const MAX_UNANSWERED = 2

/**
 * Asks a source in bounded time. While an earlier question has no answer, it is not asked again: a database that hangs
 * would otherwise take one connection of the application after the other.
 *
 * @param late Called with an answer that nobody waits for any longer: where each takes that long, as in a pool that is
 * busy, there would be none otherwise.
 * @returns Throws or rejects if the source cannot be asked.
 */
export function createAsk(
  source: PolicySource,
  now: () => number,
  late: (loaded: LoadedPolicy) => void,
): () => MaybePromise<LoadedPolicy | null> {
  const unanswered = new Set<{ readonly askedAt: number }>()

  function mayAsk(): boolean {
    const all = [...unanswered]
    return all.length < MAX_UNANSWERED && all.every(({ askedAt }) => hasPassed(now(), askedAt, STUCK_MS))
  }

  return () => {
    if (!mayAsk()) throw noAnswer()
    const loaded = source.load()
    if (!isPending(loaded)) return loaded
    const question = { askedAt: now() }
    unanswered.add(question)
    const settled = (): void => void unanswered.delete(question)
    loaded.then(settled, settled)
    return bounded(loaded, late)
  }
}

async function bounded(
  loaded: Promise<LoadedPolicy | null>,
  late: (loaded: LoadedPolicy) => void,
): Promise<LoadedPolicy | null> {
  const answer = await within(
    loaded.then((found) => ({ found })),
    LOOK_MS,
  )
  if (answer !== null) return answer.found
  // That there was none is no news by then.
  loaded.then((found) => found !== null && late(found)).catch(() => {})
  throw noAnswer()
}

function noAnswer(): Error {
  return new Error(`its source has not answered within ${LOOK_MS} ms`)
}

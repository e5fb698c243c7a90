import { isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import { hasPassed } from '../../outbound/has-passed.js'
import type { LoadedPolicy, PolicySource } from './policy-source.js'

/** How long to wait for an answer. */
export const LOOK_MS = 5_000
/** A silently broken connection may never answer. After this time, the source is asked once more in parallel. */
const STUCK_MS = 60_000
/** Each may occupy a connection of the application's pool. */
const MAX_UNANSWERED = 2

/**
 * Asks a source in bounded time. It is not asked again while an earlier call is unanswered: a hanging database would
 * otherwise take up one application connection after another.
 *
 * @param late Called with an answer that arrives too late. If every answer is late, as with a busy pool, there would
 *   otherwise be none.
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
  // A late "no policy" is not worth reporting.
  loaded.then((found) => found !== null && late(found)).catch(() => {})
  throw noAnswer()
}

function noAnswer(): Error {
  return new Error(`its source has not answered within ${LOOK_MS} ms`)
}

import { attempt } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import type { PolicySource } from './policy-source.js'

/** How long a source may take to stop watching. */
const STOP_MS = 2_000

/**
 * Lets a source call `changed` until it is stopped.
 * @param failed It cannot be watched; it is still asked at its times.
 * @returns Stops it, whatever the source does: settles within two seconds and never rejects. What is watched only after
 * that is stopped then.
 */
export function watchSource(
  source: PolicySource,
  changed: () => void,
  failed: (cause: unknown) => void,
): () => Promise<void> {
  let isStopped = false
  const watching = attempt(
    () =>
      source.watch?.(() => {
        if (!isStopped) changed()
      }),
    (cause) => {
      if (!isStopped) failed(cause)
      return undefined
    },
  )
  async function stop(): Promise<void> {
    const end: unknown = await watching
    if (typeof end === 'function') await (end as () => unknown)()
  }
  let stopped: Promise<unknown> | null = null
  return async () => {
    isStopped = true
    stopped ??= within(
      stop().catch(() => {}),
      STOP_MS,
    )
    await stopped
  }
}

import { attempt } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import type { PolicySource } from './policy-source.js'

/** How long a source may take to stop watching. */
const STOP_MS = 2_000

/**
 * Lets a source call `changed` until it is stopped.
 * @param failed Called if the source cannot be watched; polling goes on.
 * @returns A function that stops it. It settles within two seconds and never rejects, whatever the source does. If the
 *   source starts watching only after that, it is then stopped.
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

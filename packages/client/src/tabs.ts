/** The other tabs, workers and frames of one browser, as far as the platform has them. */
export interface Tabs {
  /** Runs `task` while no other tab runs one. `linger` keeps them out for a moment more, until they have heard what came of it. */
  alone<T>(signal: AbortSignal, task: (linger: () => void) => Promise<T>): Promise<T>
  tell(message: unknown): void
  close(): void
}

/** How long a message takes at most to the other tabs, the next of which asks only then. */
const LINGER_MS = 50

/**
 * By Web Locks and BroadcastChannel. Without the first each tab goes for its own, and the server makes one refresh of theirs; without
 * the second they hear of nothing.
 *
 * @param name Of what they share; null: nothing.
 * @param listen Null: nothing is told.
 */
export function createTabs(name: string | null, listen: ((message: unknown) => void) | null): Tabs {
  const channel = name === null || listen === null ? null : openChannel(name, listen)
  return {
    alone: (signal, task) => alone(name, signal, task),
    tell: (message) => channel?.postMessage(message),
    close: () => channel?.close(),
  }
}

function openChannel(name: string, listen: (message: unknown) => void): BroadcastChannel | null {
  if (typeof BroadcastChannel !== 'function') return null
  const channel = new BroadcastChannel(name)
  channel.onmessage = (event: MessageEvent) => listen(event.data)
  // Node would not end while it is open.
  ;(channel as { unref?: () => void }).unref?.()
  return channel
}

async function alone<T>(
  name: string | null,
  signal: AbortSignal,
  task: (linger: () => void) => Promise<T>,
): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined
  if (locks === undefined || name === null) return task(() => {})
  return new Promise<T>((resolve, reject) => {
    const hold = async (): Promise<void> => {
      let lingering = false
      resolve(await task(() => (lingering = true)))
      if (lingering) await new Promise((done) => setTimeout(done, LINGER_MS))
    }
    // A frame without storage may have no locks either.
    locks
      .request(name, { signal }, hold)
      .catch((cause: Error) => (cause?.name === 'SecurityError' ? hold() : Promise.reject(cause)))
      .catch(reject)
  })
}

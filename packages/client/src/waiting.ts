import { ClientError } from './client-error.js'

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/**
 * Whoever waits is done when the signal says so; what was waited for goes on for the others.
 *
 * @param why Of a signal that does not say it, such as React Native's.
 */
export async function unlessAborted<T>(
  signal: AbortSignal | null,
  task: Promise<T>,
  why: () => Error = aborted,
): Promise<T> {
  let stop = (): void => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject((signal?.reason as Error | undefined) ?? why())
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([stopped, task])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

const aborted = (): Error => Object.assign(new Error('The call was aborted.'), { name: 'AbortError' })

/** Whatever hangs must not keep all calls, nor the lock of all tabs. */
export async function withDeadline<T>(ms: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const { signal } = controller
  const late = new ClientError('The server did not answer in time.', 'timeout')
  const timer = setTimeout(() => controller.abort(late), ms)
  try {
    return await unlessAborted(signal, task(signal), () => late)
  } finally {
    clearTimeout(timer)
  }
}

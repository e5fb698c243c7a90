import { ClientError } from './client-error.js'

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Whoever waits is done when the signal says so; what was waited for goes on for the others. */
export async function unlessAborted<T>(signal: AbortSignal | null, task: Promise<T>): Promise<T> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason as Error)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([aborted, task])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** Whatever hangs must not keep all calls, nor the lock of all tabs. */
export async function withDeadline<T>(ms: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const { signal } = controller
  const timer = setTimeout(() => controller.abort(new ClientError('The server did not answer in time.', 'timeout')), ms)
  try {
    return await unlessAborted(signal, task(signal))
  } finally {
    clearTimeout(timer)
  }
}

import { isAuthError, type WorkosReading } from '@dualauth/core'
import { reached } from './take-event.js'

/** How one run ended. In each case, the next run continues from there. */
export interface ReadingEnd {
  /**
   * `done`: nothing is left. `more`: the limit of one run was reached. `busy`: another process is reading. `paused`:
   * WorkOS asked for a pause that is not over. `unavailable`: WorkOS or the store cannot be reached; see `cause`.
   */
  readonly outcome: 'done' | 'more' | 'busy' | 'paused' | 'unavailable'
  /** The earliest time to run again, in seconds from now; null if unknown. */
  readonly retryAfterSeconds: number | null
  readonly cause?: unknown
}

export type Lease = Parameters<WorkosReading['begin']>[0]

const LEASE_MS = 60_000

/**
 * Runs a reading, one process at a time, and keeps the pauses that WorkOS asks for.
 *
 * @param now Milliseconds since the epoch.
 */
export function createRuns(
  now: () => number,
): (
  reading: WorkosReading,
  read: (lease: Lease, after: string | null) => Promise<'done' | 'more' | 'busy'>,
) => Promise<ReadingEnd> {
  let pausedUntil = 0
  return async (reading, read) => {
    const pausedMs = pausedUntil - now()
    if (pausedMs > 0) return { outcome: 'paused', retryAfterSeconds: Math.ceil(pausedMs / 1000) }
    try {
      return { outcome: await held(reading, read), retryAfterSeconds: null }
    } catch (error) {
      if (!isAuthError(error) || error.status !== 503) throw error
      const { retryAfterSeconds, cause = error } = error
      if (error.code === 'verifier_unavailable' && retryAfterSeconds !== null)
        pausedUntil = now() + retryAfterSeconds * 1000
      return { outcome: 'unavailable', retryAfterSeconds, cause }
    }
  }
}

/** Gives the lease back, also where what it was for failed. */
async function held<T>(
  reading: WorkosReading,
  read: (lease: Lease, after: string | null) => Promise<T>,
): Promise<T | 'busy'> {
  const lease = { holder: crypto.randomUUID(), leaseMs: LEASE_MS }
  const cursor = await reached(() => reading.begin(lease))
  if (cursor === null) return 'busy'
  try {
    return await read(lease, cursor.after)
  } finally {
    // Where it cannot be given back, it ends.
    await reading.end(lease).catch(() => {})
  }
}

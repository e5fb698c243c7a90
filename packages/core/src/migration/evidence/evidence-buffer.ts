import type { MaybePromise } from '../../async/maybe-promise.js'
import type { Emit } from '../../events/events.js'
import type { EvidenceStore, Heartbeat, Sighting } from './evidence.js'
import { createPendingSightings } from './pending-sightings.js'
import type { Seen } from './sighting-entries.js'
import { createWatches, type PolicyMark } from './watches.js'

/** Collects sightings during requests and passes them to the store every few seconds. */
export interface EvidenceBuffer {
  /** Starts watching. Heartbeats are written even if nobody is seen. */
  start(): void
  note(seen: Seen): void
  /** Writes pending sightings. Rejects if the store failed; sightings that were not stored stay pending. */
  flush(): Promise<void>
  /** Writes everything and the end of the instance. Later sightings are written immediately. */
  close(): Promise<void>
}

export interface EvidenceBufferParts {
  readonly migration: string
  /** The application's name for this instance; null if it has none. */
  readonly label: string | null
  readonly store: EvidenceStore
  /** Milliseconds between two writes. */
  readonly flushMs: number
  /** Null if no policy is in force. Asynchronous, because some platforms compute digests that way. */
  readonly policy: () => MaybePromise<PolicyMark | null>
  readonly emit: Emit
  readonly now: () => number
}

/** How many combinations of person, side and organization are kept, about 300 bytes each. More are counted as lost. */
const MAX_PENDING = 200_000
/** Maximum number of sightings per write. */
const PORTION = 2_000

export function createEvidenceBuffer({
  migration,
  label,
  store,
  flushMs,
  policy,
  emit,
  now,
}: EvidenceBufferParts): EvidenceBuffer {
  const pending = createPendingSightings(migration, MAX_PENDING)
  /** The policy in force at the last write. */
  let counting: PolicyMark | null = null
  const watches = createWatches({ migration, label, flushMs, policy: () => counting, lost: () => pending.lost })
  let timer: ReturnType<typeof setInterval> | undefined
  let afterClose: ReturnType<typeof setTimeout> | undefined
  let isStarted = false
  let isClosed = false
  let isFailing = false
  let isLossTold = false
  let isWriting = false
  let writing: Promise<void> = Promise.resolve()

  function start(): void {
    if (isStarted) return
    isStarted = true
    if (isClosed) return
    watches.alive(now())
    timer = setInterval(tick, flushMs)
    // The timer must not keep a finished process alive. In some runtimes, timers are numbers.
    ;(timer as { unref?: () => void }).unref?.()
  }

  /** Runs even while a write hangs, because the instance is still watching. */
  function tick(): void {
    watches.alive(now())
    if (!isWriting) void flush().catch(() => {})
  }

  /** Writes one after another. */
  function flush(): Promise<void> {
    isWriting = true
    const mine = writing
      .catch(() => {})
      .then(write)
      .finally(() => {
        if (writing === mine) isWriting = false
      })
    writing = mine
    return mine
  }

  async function write(): Promise<void> {
    counting = await policy()
    const at = now()
    watches.alive(at)
    const sightings = await allButLast(at)
    if (sightings.length === 0 && !isClosed && !watches.isDue(at)) return
    const [beat, ...missing] = watches.beats(at, isClosed, now())
    await handOver(sightings, beat)
    try {
      for (const late of missing) await store.write([], late)
    } catch (cause) {
      throw failed(cause)
    }
    watches.written([beat, ...missing])
    if (pending.lost > 0 && !isLossTold) tellLoss()
    isFailing = false
  }

  /**
   * Writes a large backlog, after an outage or from very many people, in portions that stay within a database's
   * statement timeout and do not delay requests. Sightings that arrive meanwhile wait for the next write.
   * @returns The last portion, which is written together with the heartbeat.
   */
  async function allButLast(at: number): Promise<readonly Sighting[]> {
    let sightings = pending.take(at, isClosed, PORTION)
    for (let left = pending.waiting; left > 0 && sightings.length === PORTION; left -= PORTION) {
      await handOver(sightings, watches.soFar(now()))
      sightings = pending.take(at, isClosed, PORTION)
    }
    return sightings
  }

  async function handOver(sightings: readonly Sighting[], beat: Heartbeat): Promise<void> {
    try {
      await store.write(sightings, beat)
    } catch (cause) {
      pending.putBack(sightings, now())
      throw failed(cause)
    }
  }

  /** Emits only one event: reports count the lost sightings. */
  function tellLoss(): void {
    isLossTold = true
    const cause = new Error('too many sightings were pending; some are lost')
    emit({ type: 'evidence_failed', migration, cause })
  }

  function failed(cause: unknown): unknown {
    if (!isFailing) emit({ type: 'evidence_failed', migration, cause })
    isFailing = true
    return cause
  }

  return {
    start,
    note(seen) {
      if (!isStarted) start()
      const at = now()
      watches.alive(at)
      pending.add(seen, at)
      // For requests that were under way when it was closed.
      if (isClosed)
        afterClose ??= setTimeout(() => {
          afterClose = undefined
          void flush().catch(() => {})
        })
    },
    flush() {
      start()
      return flush()
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      if (isStarted) await flush()
    },
  }
}

import type { Emit } from '../../events/events.js'
import { DAY_MS, dayOf } from './day.js'
import type { EvidenceStore, Heartbeat } from './evidence.js'
import { createPendingSightings, type Seen } from './pending-sightings.js'

/** Collects sightings beside the requests and hands them to the store every few seconds. */
export interface EvidenceBuffer {
  note(seen: Seen): void
  /** Writes what waits. Rejects where the store failed; what it did not take waits again. */
  flush(): Promise<void>
  /** Writes all of it, and that the instance ended. */
  close(): Promise<void>
}

export interface EvidenceBufferParts {
  readonly migration: string
  readonly store: EvidenceStore
  /** Milliseconds between two writes. */
  readonly flushMs: number
  /** Of the policy that counts; null where none does. */
  readonly version: () => number | null
  readonly emit: Emit
  readonly now: () => number
}

/** Combinations of people, sides and organizations that are kept, about 300 bytes each; more are counted as lost. */
const MAX_PENDING = 200_000
/** Where nothing is to be written, an instance says this often that it watches. */
const BEAT_MS = 60_000

export function createEvidenceBuffer(parts: EvidenceBufferParts): EvidenceBuffer {
  const { migration, store, flushMs, version, emit, now } = parts
  const pending = createPendingSightings(migration, MAX_PENDING)
  // Some runtimes make no random values before their first request.
  let instance: string | null = null
  let watchedSince: number | null = null
  let beatAt = Number.NEGATIVE_INFINITY
  let beatVersion: number | null = null
  let isFailing = false
  let isClosed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing: Promise<void> = Promise.resolve()

  function start(): void {
    if (watchedSince !== null) return
    watchedSince = now()
    schedule()
  }

  function schedule(): void {
    if (isClosed) return
    timer = setTimeout(
      () =>
        void flush(false)
          .catch(() => {})
          .then(schedule),
      flushMs,
    )
    // Nothing must keep a process alive that has done its work. Timers of some runtimes are numbers.
    ;(timer as { unref?: () => void }).unref?.()
  }

  /** One write after the other. */
  function flush(isLast: boolean): Promise<void> {
    writing = writing.catch(() => {}).then(() => write(isLast))
    return writing
  }

  async function write(isLast: boolean): Promise<void> {
    const at = now()
    const sightings = pending.take(at, isLast)
    // An operator who changed the policy waits until every instance has reported it.
    const isNews = version() !== beatVersion
    if (sightings.length === 0 && !isLast && !isNews && at - beatAt < BEAT_MS) return
    const beat = heartbeat(at, isLast)
    try {
      await store.write(sightings, beat)
    } catch (cause) {
      pending.putBack(sightings)
      throw failed(cause)
    }
    try {
      // What was seen on the days before is written only now, so that they have no gap at their ends.
      for (const end of daysEnded(Math.max(beatAt, watchedSince ?? at), at))
        await store.write([], heartbeat(end, false))
    } catch (cause) {
      throw failed(cause)
    }
    beatAt = at
    beatVersion = beat.version
    isFailing = false
  }

  function failed(cause: unknown): unknown {
    if (!isFailing) emit({ type: 'evidence_failed', migration, cause })
    isFailing = true
    return cause
  }

  function heartbeat(at: number, ended: boolean): Heartbeat {
    instance ??= crypto.randomUUID()
    const day = dayOf(at)
    const firstAt = Math.max(watchedSince ?? at, Date.parse(`${day}T00:00:00Z`))
    return { migration, instance, day, firstAt, lastAt: at, version: version(), lost: pending.lost, ended }
  }

  return {
    note(seen) {
      start()
      pending.add(seen, now())
    },
    flush() {
      start()
      return flush(false)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      if (watchedSince !== null) await flush(true)
    },
  }
}

/** The last millisecond of each day that ended between two moments. */
function daysEnded(from: number, to: number): readonly number[] {
  const ends: number[] = []
  for (let midnight = (Math.floor(from / DAY_MS) + 1) * DAY_MS; midnight <= to; midnight += DAY_MS)
    ends.push(midnight - 1)
  return ends
}

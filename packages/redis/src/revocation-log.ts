import { within } from './within.js'
import type { Send } from './client.js'

/** The stream to which instances write revocations, oldest first, and what this instance knows of it. */
export interface RevocationLog {
  /** Writes one revocation. Rejects if that fails; `flush` tries again, of at most `maxEntries`, the newest. */
  write(payload: string): Promise<void>
  /**
   * Writes what could not be written before, and some of what was lost, one instance at a time.
   * @returns Whether there is more.
   */
  flush(take: (payload: string | null) => void): Promise<boolean>
  /**
   * Passes on each new entry once; null if no instance of ours wrote it. If the stream has lost entries that were read
   * or written here, as after Redis was started without its data, they are marked to be written again. One command if
   * nothing is new.
   */
  catchUp(take: (payload: string | null) => void): Promise<void>
  /** Entries read and written here, oldest first. */
  known(): readonly string[]
  /** The newest entry that was read. */
  readonly lastId: string
  /** Entries must be written again; another instance may be doing so. */
  readonly hasLost: boolean
  /** How many could not be written and were dropped because others waited, until none waits. */
  readonly dropped: number
}

const FIRST = '0-0'
const PAGE = 1_000
const ANSWER_MS = 2_000
/** Trimming by age is not needed more often. */
const WRITES_BETWEEN_TRIMS = 100
/** How many a repair writes before another instance may continue it. */
const WRITES_AT_ONCE = 100
const LEASE_MS = 2_000

export function createRevocationLog(
  send: Send,
  key: string,
  { retainMs, maxEntries, now }: { readonly retainMs: number; readonly maxEntries: number; readonly now: () => number },
): RevocationLog {
  const ask: Send = (...args) => within(ANSWER_MS, send(...args))
  /** When each was first seen here, oldest first. */
  const known = new Map<string, number>()
  const outbox = new Set<string>()
  let dropped = 0
  /** What the stream must get back. */
  const lost = new Set<string>()
  const lease = `${key}:repair`
  let lastId = FIRST
  /** Entries written here but not read yet. */
  const written = new Set<string>()
  let writes = 0

  function note(payload: string): void {
    known.set(payload, now())
    for (const [oldest, at] of known) {
      if (known.size <= maxEntries && at > now() - retainMs) break
      known.delete(oldest)
    }
  }

  function sent(payload: string): void {
    outbox.delete(payload)
    lost.delete(payload)
    if (outbox.size === 0) dropped = 0
  }

  /** An outage may last, and each attempt at a revocation may differ from the one before. */
  function enqueue(payload: string): void {
    outbox.add(payload)
    for (const oldest of outbox) {
      if (outbox.size <= maxEntries) break
      outbox.delete(oldest)
      dropped++
    }
  }

  async function append(payload: string): Promise<void> {
    const id = String(await ask('XADD', key, 'MAXLEN', '~', String(maxEntries), '*', 'r', payload))
    // If each command has its own connection, the entry may have been read before this is answered.
    if (isAfter(id, lastId)) written.add(id)
    sent(payload)
    note(payload)
    if (++writes % WRITES_BETWEEN_TRIMS !== 0) return
    // Uses the clock that dates the entries: a wrong clock here must not drop everybody's entries.
    const until = Number(id.split('-', 1)[0]) - retainMs
    if (until > 0) await ask('XTRIM', key, 'MINID', '~', String(until))
  }

  async function range(from: string, to: string, ...more: readonly string[]): Promise<readonly unknown[]> {
    const found = await ask('XRANGE', key, from, to, ...more)
    if (!Array.isArray(found)) throw new Error('redis: XRANGE was not answered by a list')
    return found
  }

  async function catchUp(take: (payload: string | null) => void): Promise<void> {
    const before = [...written]
    const isWhole = await readOn(take)
    if (isWhole && before.every((id) => !written.has(id))) return
    await findLost()
    await readOn(take)
  }

  /** @returns False if the stream no longer has the last entry that was read. */
  async function readOn(take: (payload: string | null) => void): Promise<boolean> {
    const after = lastId
    let isWhole = after === FIRST
    // Starts at the last entry read, so that the same answer shows whether it still exists.
    for await (const [id, payload] of entries(after)) {
      if (id === after) isWhole = true
      else {
        if (!isWhole) return false
        lastId = id
        written.delete(id)
        hear(payload, take)
      }
    }
    return isWhole
  }

  function hear(payload: string | null, take: (payload: string | null) => void): void {
    if (payload !== null) {
      sent(payload)
      if (known.has(payload)) return
      note(payload)
    }
    take(payload)
  }

  /** Compares what is known with the whole stream, which is then read again from the beginning. */
  async function findLost(): Promise<void> {
    let length = 0
    const there = new Set<string | null>()
    for await (const [, payload] of entries(FIRST)) {
      length++
      there.add(payload)
    }
    const since = now() - retainMs
    const missing = [...known].filter(([payload, at]) => at > since && !there.has(payload)).map(([payload]) => payload)
    // A full stream has lost nothing: it has moved on, and older entries must not push out newer ones.
    const room = Math.max(0, maxEntries - length)
    for (const payload of missing.slice(Math.max(0, missing.length - room))) lost.add(payload)
    lastId = FIRST
    written.clear()
  }

  /** Starting with that one. */
  async function* entries(from: string): AsyncGenerator<readonly [id: string, payload: string | null]> {
    for (let start = from; ;) {
      const read = (await range(start, '+', 'COUNT', String(PAGE))).map(entryOf)
      yield* read
      if (read.length < PAGE) return
      start = `(${read.at(-1)?.[0] ?? from}`
    }
  }

  return {
    get lastId() {
      return lastId
    },
    get hasLost() {
      return lost.size > 0
    },
    get dropped() {
      return dropped
    },
    async write(payload) {
      enqueue(payload)
      await append(payload)
    },
    known: () => [...known.keys()],
    async flush(take) {
      for (const payload of outbox) await append(payload)
      if (lost.size === 0 || (await ask('SET', lease, '1', 'NX', 'PX', String(LEASE_MS))) !== 'OK') return false
      // Reads what another instance has written meanwhile.
      await catchUp(take)
      for (const payload of [...lost].slice(0, WRITES_AT_ONCE)) await append(payload)
      await ask('DEL', lease)
      return lost.size > 0
    },
    catchUp,
  }
}

/** `[id, [field, value, …]]`; null if no instance of ours wrote it. */
function entryOf(entry: unknown): readonly [id: string, payload: string | null] {
  const [id, fields] = entry as [unknown, unknown]
  const payload = Array.isArray(fields) && fields[0] === 'r' && typeof fields[1] === 'string' ? fields[1] : null
  return [String(id), payload]
}

/** Ids of entries: milliseconds and a sequence number. */
function isAfter(id: string, other: string): boolean {
  const [ms, place] = partsOf(id)
  const [otherMs, otherPlace] = partsOf(other)
  return ms === otherMs ? place > otherPlace : ms > otherMs
}

function partsOf(id: string): readonly [ms: number, place: number] {
  const [ms = '0', place = '0'] = id.split('-')
  return [Number(ms), Number(place)]
}

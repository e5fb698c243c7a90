import { within } from './within.js'
import type { Send } from './client.js'

/** The stream in which instances write revocations down, oldest first, and what this instance knows of it. */
export interface RevocationLog {
  /** Writes one down. Rejects while that cannot be done; it is tried again by `flush`. */
  write(payload: string): Promise<void>
  /** Writes down what could not be until now, and some of what was lost, one instance at a time. @returns whether there is more. */
  flush(take: (payload: string | null) => void): Promise<boolean>
  /**
   * Hands on whatever is new, each once; null: what no instance of ours wrote. Where the stream has lost what was read or written here, such
   * as a Redis that was started without its data, that is to be written again. One command where there is nothing new.
   */
  catchUp(take: (payload: string | null) => void): Promise<void>
  /** What was read and written here, oldest first. */
  known(): readonly string[]
  /** The newest entry that was read. */
  readonly lastId: string
  /** Something is to be written again, which another instance may be doing. */
  readonly hasLost: boolean
}

const FIRST = '0-0'
const PAGE = 1_000
const ANSWER_MS = 2_000
/** Trimming by age needs no more than that. */
const WRITES_BETWEEN_TRIMS = 100
/** Of a repair, before another instance may go on with it. */
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
  /** What the stream has to get back. */
  const lost = new Set<string>()
  const lease = `${key}:repair`
  let lastId = FIRST
  /** Entries that were written here and not read yet. */
  const written = new Set<string>()
  let writes = 0

  function note(payload: string): void {
    known.set(payload, now())
    for (const [oldest, at] of known) {
      if (known.size <= maxEntries && at > now() - retainMs) break
      known.delete(oldest)
    }
  }

  async function append(payload: string): Promise<void> {
    const id = String(await ask('XADD', key, 'MAXLEN', '~', String(maxEntries), '*', 'r', payload))
    // Where each command has a connection of its own, it may have been read before this is answered.
    if (isAfter(id, lastId)) written.add(id)
    outbox.delete(payload)
    lost.delete(payload)
    note(payload)
    if (++writes % WRITES_BETWEEN_TRIMS !== 0) return
    // By the clock that dates the entries: one that is wrong here must not drop those of everybody.
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

  /** @returns false where the stream no longer has what was read last. */
  async function readOn(take: (payload: string | null) => void): Promise<boolean> {
    const after = lastId
    let isWhole = after === FIRST
    // From what was read last, so that the same answer says whether that is still there.
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
      outbox.delete(payload)
      lost.delete(payload)
      if (known.has(payload)) return
      note(payload)
    }
    take(payload)
  }

  /** Compares what is known with all that is there, which is read from its beginning after that. */
  async function findLost(): Promise<void> {
    let length = 0
    const there = new Set<string | null>()
    for await (const [, payload] of entries(FIRST)) {
      length++
      there.add(payload)
    }
    const since = now() - retainMs
    const missing = [...known].filter(([payload, at]) => at > since && !there.has(payload)).map(([payload]) => payload)
    // A full stream has lost nothing: it has gone on, and what is older must not push out what is newer.
    const room = Math.max(0, maxEntries - length)
    for (const payload of missing.slice(Math.max(0, missing.length - room))) lost.add(payload)
    lastId = FIRST
    written.clear()
  }

  /** From that one on. */
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
    async write(payload) {
      outbox.add(payload)
      await append(payload)
    },
    known: () => [...known.keys()],
    async flush(take) {
      for (const payload of outbox) await append(payload)
      if (lost.size === 0 || (await ask('SET', lease, '1', 'NX', 'PX', String(LEASE_MS))) !== 'OK') return false
      // What another instance has written meanwhile.
      await catchUp(take)
      for (const payload of [...lost].slice(0, WRITES_AT_ONCE)) await append(payload)
      await ask('DEL', lease)
      return lost.size > 0
    },
    catchUp,
  }
}

/** `[id, [field, value, …]]`; null: what no instance of ours wrote. */
function entryOf(entry: unknown): readonly [id: string, payload: string | null] {
  const [id, fields] = entry as [unknown, unknown]
  const payload = Array.isArray(fields) && fields[0] === 'r' && typeof fields[1] === 'string' ? fields[1] : null
  return [String(id), payload]
}

/** Ids of entries: milliseconds and a number. */
function isAfter(id: string, other: string): boolean {
  const [ms, place] = partsOf(id)
  const [otherMs, otherPlace] = partsOf(other)
  return ms === otherMs ? place > otherPlace : ms > otherMs
}

function partsOf(id: string): readonly [ms: number, place: number] {
  const [ms = '0', place = '0'] = id.split('-')
  return [Number(ms), Number(place)]
}

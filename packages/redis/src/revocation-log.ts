import { within } from './within.js'
import type { Send } from './client.js'

/** The stream in which instances write revocations down, oldest first, and what this instance knows of it. */
export interface RevocationLog {
  /** Writes one down. Rejects while that cannot be done; it is tried again by `flush`. */
  write(payload: string): Promise<void>
  /** Writes down what could not be until now, and some of what was lost, one instance at a time. @returns whether there is more. */
  flush(take: (payload: string | null) => void): Promise<boolean>
  /** Hands on whatever is new, each once; null: what no instance of ours wrote. */
  catchUp(take: (payload: string | null) => void): Promise<void>
  /** Looks whether the stream has lost what was read, such as a Redis that was started without its data; then that is to be written again. */
  repair(): Promise<void>
  /** What was read and written here, oldest first. */
  known(): readonly string[]
  /** The newest entry that was read. */
  readonly lastId: string
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
  /** The newest entry that was written here and not read yet. */
  let writtenId = FIRST
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
    writtenId = id
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
    for await (const [id, payload] of entries(lastId)) {
      lastId = id
      if (id === writtenId) writtenId = FIRST
      if (payload !== null) {
        outbox.delete(payload)
        lost.delete(payload)
        if (known.has(payload)) continue
        note(payload)
      }
      take(payload)
    }
  }

  async function isThere(id: string): Promise<boolean> {
    return id === FIRST || (await range(id, id)).length > 0
  }

  async function* entries(after: string): AsyncGenerator<readonly [id: string, payload: string | null]> {
    for (let from = after; ;) {
      const read = (await range(`(${from}`, '+', 'COUNT', String(PAGE))).map(entryOf)
      yield* read
      if (read.length < PAGE) return
      from = read.at(-1)?.[0] ?? from
    }
  }

  return {
    get lastId() {
      return lastId
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
    async repair() {
      if ((await isThere(lastId)) && (await isThere(writtenId))) return
      let length = 0
      const there = new Set<string | null>()
      for await (const [, payload] of entries(FIRST)) {
        length++
        there.add(payload)
      }
      const since = now() - retainMs
      const missing = [...known]
        .filter(([payload, at]) => at > since && !there.has(payload))
        .map(([payload]) => payload)
      // A full stream has lost nothing: it has gone on, and what is older must not push out what is newer.
      const room = Math.max(0, maxEntries - length)
      for (const payload of missing.slice(Math.max(0, missing.length - room))) lost.add(payload)
      lastId = FIRST
      writtenId = FIRST
    },
  }
}

/** `[id, [field, value, …]]`; null: what no instance of ours wrote. */
function entryOf(entry: unknown): readonly [id: string, payload: string | null] {
  const [id, fields] = entry as [unknown, unknown]
  const payload = Array.isArray(fields) && fields[0] === 'r' && typeof fields[1] === 'string' ? fields[1] : null
  return [String(id), payload]
}

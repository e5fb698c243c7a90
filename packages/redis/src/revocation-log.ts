import { within } from './within.js'
import type { Send } from './client.js'

/** The stream in which instances write revocations down, oldest first, and what this instance knows of it. */
export interface RevocationLog {
  /** Writes one down. Rejects while that cannot be done; it is tried again by `flush`. */
  write(payload: string): Promise<void>
  /** What could not be written down until now. */
  flush(): Promise<void>
  /** Hands on whatever is new, each once. */
  catchUp(take: (payload: string) => void): Promise<void>
  /** After a gap: writes down again what the stream has lost, such as a Redis that was started anew without its data. */
  repair(): Promise<void>
  /** The newest entry that was read. */
  readonly lastId: string
}

const FIRST = '0-0'
const PAGE = 1_000
const ANSWER_MS = 2_000
/** Trimming by age needs no more than that. */
const WRITES_BETWEEN_TRIMS = 100

export function createRevocationLog(
  send: Send,
  key: string,
  { retainMs, maxEntries, now }: { readonly retainMs: number; readonly maxEntries: number; readonly now: () => number },
): RevocationLog {
  const ask: Send = (...args) => within(ANSWER_MS, send(...args))
  /** When each was first seen here, oldest first. */
  const known = new Map<string, number>()
  const outbox = new Set<string>()
  let lastId = FIRST
  let writes = 0

  function note(payload: string): void {
    known.set(payload, now())
    for (const [oldest, at] of known) {
      if (known.size <= maxEntries && at > now() - retainMs) break
      known.delete(oldest)
    }
  }

  async function append(payload: string): Promise<void> {
    await ask('XADD', key, 'MAXLEN', '~', String(maxEntries), '*', 'r', payload)
    outbox.delete(payload)
    note(payload)
    if (++writes % WRITES_BETWEEN_TRIMS === 0) await ask('XTRIM', key, 'MINID', '~', String(now() - retainMs))
  }

  async function* entries(after: string): AsyncGenerator<readonly [id: string, payload: string | null]> {
    for (let from = after; ;) {
      const page = await ask('XRANGE', key, `(${from}`, '+', 'COUNT', String(PAGE))
      const read = Array.isArray(page) ? page.map(entryOf) : []
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
    async flush() {
      for (const payload of outbox) await append(payload)
    },
    async catchUp(take) {
      for await (const [id, payload] of entries(lastId)) {
        lastId = id
        if (payload === null || known.has(payload)) continue
        note(payload)
        take(payload)
      }
    },
    async repair() {
      if (lastId === FIRST) return
      const kept = await ask('XRANGE', key, lastId, lastId)
      if (Array.isArray(kept) && kept.length > 0) return
      const there = new Set<string | null>()
      for await (const [, payload] of entries(FIRST)) there.add(payload)
      const since = now() - retainMs
      for (const [payload, at] of known) if (at > since && !there.has(payload)) outbox.add(payload)
      lastId = FIRST
    },
  }
}

/** `[id, [field, value, …]]`; null: what no instance of ours wrote. */
function entryOf(entry: unknown): readonly [id: string, payload: string | null] {
  const [id, fields] = entry as [unknown, unknown]
  const payload = Array.isArray(fields) && fields[0] === 'r' && typeof fields[1] === 'string' ? fields[1] : null
  return [String(id), payload]
}

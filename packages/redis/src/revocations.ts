import type { Revocation, RevocationFeed } from '@dualauth/core'
import { functionOption, object, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { openReader, redisClient, sendOf, type Reader, type RedisClient } from './client.js'
import { keyPrefix } from './options.js'
import { createRevocationLog } from './revocation-log.js'
import { within } from './within.js'

/** The options of `redisRevocations`. */
export interface RedisRevocationsOptions {
  /** Connected, with a listener for `error`. */
  readonly client: RedisClient
  /** Put before the key `revocations`. Default `dualauth:`. */
  readonly prefix?: string
  /**
   * How long a revocation is kept, in milliseconds, for instances that start later or were cut off: at least the
   * lifetime of the longest-lived credential. Default 30 days.
   */
  readonly retainMs?: number
  /** The most revocations to keep, and the most that wait while Redis is away; the oldest are dropped first. Default
   * 100,000. */
  readonly maxEntries?: number
  /**
   * Called once for each outage, for entries in the stream that are not revocations, and for errors that a listener
   * throws. For logs.
   */
  readonly onError?: (cause: unknown) => void
}

const schema = object({
  client: redisClient,
  prefix: z._default(keyPrefix, 'dualauth:'),
  retainMs: z._default(wholeBetween(60_000, 31_622_400_000), 2_592_000_000),
  maxEntries: z._default(wholeBetween(100, 10_000_000), 100_000),
  onError: z.exactOptional(functionOption<NonNullable<RedisRevocationsOptions['onError']>>()),
})

/** How long the first read may take. */
const FIRST_MS = 5_000
/**
 * How long a reader waits for news before it checks that the stream is whole. While nothing happens, that takes two
 * commands.
 */
const BLOCK_MS = 5_000
/** The same while another instance is restoring lost entries: it may be killed. */
const REPAIR_BLOCK_MS = 1_000
/** Extra time for its answer. */
const ANSWER_MS = 2_000
/** Without a reader. */
const POLL_MS = 500
/** With the reconnecting of the client, revocations are heard within five seconds after an outage, however long it was. */
const LONGEST_PAUSE_MS = 1_000

/**
 * Carries revocations between instances, through a stream of Redis 6.2 or later. Each instance continues where it
 * stopped reading, so a broken connection loses none. A starting instance reads everything that is kept. Revocations
 * that could not be written are written when Redis is back. If Redis was started without its data, the instances that
 * know the lost revocations write them again.
 *
 * Anybody who may write to the stream can sign everybody out, but no more.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * createDualAuth({ …, revocations: redisRevocations({ client }) })
 */
export function redisRevocations(options: RedisRevocationsOptions): RevocationFeed {
  const { client, prefix, retainMs, maxEntries, onError } = parseOptions(schema, options, 'redisRevocations')
  const key = `${prefix}revocations`
  const log = createRevocationLog(sendOf(client), key, { retainMs, maxEntries, now: Date.now })
  const listeners = new Map<(revocation: unknown) => void, ((cause: unknown) => void) | undefined>()
  let run: Run | null = null
  /** Why nothing is heard now; null if all is well. */
  let outage: Error | null = null
  /** What was dropped during an outage has been reported. */
  let isDropReported = false

  /** A failing log of the application must not stop the reading. */
  function report(cause: unknown): void {
    void (async () => onError?.(cause))().catch(ignore)
  }

  function take(payload: string | null): void {
    const revocation = payload === null ? null : parse(payload)
    if (revocation === null) report(new Error('redis: an entry in the stream is not a revocation'))
    if (payload !== null) for (const listener of listeners.keys()) hand(listener, revocation)
  }

  /** A listener that throws must not keep the others from hearing. */
  function hand(listener: (revocation: unknown) => void, revocation: unknown): void {
    try {
      listener(revocation)
    } catch (cause) {
      report(cause)
    }
  }

  /** Polling goes on without a reader; here, not even that succeeds. */
  function interrupted(cause: unknown): void {
    if (outage !== null) return
    outage = cause instanceof Error ? cause : new Error('redis: cannot be read', { cause })
    for (const tell of listeners.values()) tell?.(outage)
  }

  /** Only this process knows what was dropped. */
  function reportDropped(): void {
    if (log.dropped === 0) isDropReported = false
    if (log.dropped === 0 || isDropReported) return
    isDropReported = true
    const error = droppedError()
    report(error)
    for (const tell of listeners.values()) tell?.(error)
  }

  function droppedError(): Error {
    return new Error(
      `redis: ${log.dropped} revocations were dropped before they were written: more than maxEntries wait`,
    )
  }

  async function news({ reader, pause }: Run): Promise<void> {
    if (reader === null) return pause(POLL_MS)
    const blockMs = log.hasLost ? REPAIR_BLOCK_MS : BLOCK_MS
    const args = ['COUNT', '1', 'BLOCK', String(blockMs), 'STREAMS', key, log.lastId]
    await within(blockMs + ANSWER_MS, reader.send('XREAD', ...args))
  }

  async function follow(own: Run): Promise<void> {
    let failures = 0
    while (own.isOpen) {
      let hasRead = false
      try {
        // Runs even without news: deleting or evicting a stream breaks no connection.
        await log.catchUp(take)
        const isMore = await log.flush(take)
        hasRead = true
        outage = null
        own.caughtUp()
        if (isMore) continue
        own.reader ??= await openReader(client)
        if (own.isOpen) await news(own)
        failures = 0
      } catch (cause) {
        if (own.isOpen && failures++ === 0) report(cause)
        if (own.isOpen && !hasRead) interrupted(cause)
        drop(own)
        // If only the reader is refused, reading continues without it.
        if (own.isOpen) await own.pause(hasRead ? POLL_MS : Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures))
      }
    }
    drop(own)
  }

  function close(): void {
    if (run === null) return
    run.isOpen = false
    drop(run)
    run.wake()
    run = null
    outage = null
  }

  return {
    publish(revocation: Revocation) {
      const payload = JSON.stringify(revocation)
      // Others that share this feed do not see it in the stream, since it is known here. For the caller, it changes
      // nothing.
      if (listeners.size > 1) take(payload)
      const written = log.write(payload)
      reportDropped()
      return written
    },
    async subscribe(apply, tell) {
      const isNew = !listeners.has(apply)
      listeners.set(apply, tell)
      if (isNew) for (const payload of log.known()) hand(apply, parse(payload))
      if (run === null) void follow((run = newRun()))
      await within(FIRST_MS, run.first)
      return () => {
        listeners.delete(apply)
        if (listeners.size === 0) close()
      }
    },
    ready() {
      if (log.dropped > 0) throw droppedError()
      if (outage !== null) throw outage
      if (run === null && listeners.size > 0) throw new Error('redis: the feed was closed and reads nothing')
    },
    close(apply) {
      if (apply === undefined) return close()
      listeners.delete(apply)
      if (listeners.size === 0) close()
    },
    about: { kind: 'redis', key },
  }
}

/** From the first listener until the last one is gone. */
interface Run {
  isOpen: boolean
  reader: Reader | null
  /** When everything that existed at the start has been read. */
  readonly first: Promise<void>
  caughtUp(): void
  pause(ms: number): Promise<void>
  wake(): void
}

function newRun(): Run {
  let caughtUp = ignore
  let wake = ignore
  const first = new Promise<void>((resolve) => (caughtUp = resolve))
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
      setTimeout(resolve, ms).unref()
    })
  return { isOpen: true, reader: null, first, caughtUp: () => caughtUp(), pause, wake: () => wake() }
}

/** Some clients throw if they are already closed. */
function drop(run: Run): void {
  try {
    run.reader?.close()
  } catch {
    // It is gone either way.
  }
  run.reader = null
}

function ignore(): void {}

/** Anything but JSON is not a revocation either. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return null
  }
}

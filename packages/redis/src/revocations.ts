import type { Revocation, RevocationFeed } from '@dualauth/core'
import { functionOption, object, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { openReader, redisClient, sendOf, type Reader, type RedisClient } from './client.js'
import { keyPrefix } from './options.js'
import { createRevocationLog } from './revocation-log.js'
import { within } from './within.js'

/** What `redisRevocations` takes. */
export interface RedisRevocationsOptions {
  readonly client: RedisClient
  /** Before the key `revocations`. Default `dualauth:`. */
  readonly prefix?: string
  /**
   * How long a revocation is kept, in milliseconds, for instances that start later or were cut off: at least as long as the
   * credential lives that lives longest. Default 30 days.
   */
  readonly retainMs?: number
  /** Revocations that are kept at most; the oldest go first. Default 100,000. */
  readonly maxEntries?: number
  /** Hears once of each outage, and of what is in the stream and no revocation. For logs. */
  readonly onError?: (cause: unknown) => void
}

const schema = object({
  client: redisClient,
  prefix: z._default(keyPrefix, 'dualauth:'),
  retainMs: z._default(wholeBetween(60_000, 31_622_400_000), 2_592_000_000),
  maxEntries: z._default(wholeBetween(100, 10_000_000), 100_000),
  onError: z.exactOptional(functionOption<NonNullable<RedisRevocationsOptions['onError']>>()),
})

/** How long a first look may take. */
const FIRST_MS = 5_000
/** How long a reader waits for news; then it looks by itself. */
const BLOCK_MS = 1_000
/** And how long its answer may take besides. */
const ANSWER_MS = 2_000
/** Without a reader. */
const POLL_MS = 500
const LONGEST_PAUSE_MS = 5_000

/**
 * Carries revocations between instances, through a stream of Redis 6.2 or later: each instance reads on from where it was, so
 * that a connection that broke loses none. An instance that starts reads what is kept. What could not be written down is
 * written when Redis is back, and what a Redis lost that was started without its data is written again by those who know it.
 *
 * Whoever may write to the stream can sign everybody out, and no more.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * createDualAuth({ …, revocations: redisRevocations({ client }) })
 */
export function redisRevocations(options: RedisRevocationsOptions): RevocationFeed {
  const { client, prefix, retainMs, maxEntries, onError } = parseOptions(schema, options, 'redisRevocations')
  const key = `${prefix}revocations`
  const log = createRevocationLog(sendOf(client), key, { retainMs, maxEntries, now: Date.now })
  const listeners = new Set<(revocation: unknown) => void>()
  let caughtUp = (): void => {}
  const first = new Promise<void>((resolve) => (caughtUp = resolve))
  let reader: Reader | null = null
  let isClosed = false
  let isFollowing = false
  let failures = 0
  let wake = (): void => {}

  const take = (payload: string): void => {
    const revocation = parse(payload)
    for (const listener of listeners) listener(revocation)
  }

  function failed(cause: unknown): void {
    if (isClosed) return
    if (failures++ === 0) onError?.(cause)
    reader?.close()
    reader = null
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
      setTimeout(resolve, ms).unref()
    })

  async function news(): Promise<void> {
    if (reader === null) return pause(POLL_MS)
    const args = ['COUNT', '1', 'BLOCK', String(BLOCK_MS), 'STREAMS', key, log.lastId]
    await within(BLOCK_MS + ANSWER_MS, reader.send('XREAD', ...args))
  }

  async function follow(): Promise<void> {
    while (!isClosed) {
      try {
        if (reader === null) {
          reader = await openReader(client)
          // Also at the first look: whoever was here before may have left something.
          await log.repair()
        }
        await log.catchUp(take)
        await log.flush()
        failures = 0
        caughtUp()
        await news()
      } catch (cause) {
        failed(cause)
        await pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures))
      }
    }
    reader?.close()
  }

  function close(): void {
    isClosed = true
    reader?.close()
    wake()
  }

  return {
    publish: (revocation: Revocation) => log.write(JSON.stringify(revocation)),
    async subscribe(apply) {
      listeners.add(apply)
      if (!isFollowing) void follow()
      isFollowing = true
      await within(FIRST_MS, first)
      return () => {
        listeners.delete(apply)
        if (listeners.size === 0) close()
      }
    },
    close,
  }
}

/** What is no JSON is no revocation either. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return null
  }
}

import { isAuthError, type WorkosSync } from '@dualauth/core'
import { assertEndpointUrl } from '@dualauth/core/adapter'
import {
  dateTime,
  functionOption,
  nonEmpty,
  object,
  optionError,
  parseOptions,
  text,
  wholeBetween,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { readEvent } from './event.js'
import { assertVerifiers, eventOptions, now, type WorkosEventOptions } from './options.js'
import { readPage, type Page } from './read-page.js'
import { reached, takeEvent } from './take-event.js'
import { deliveryOf, type WorkosDelivery } from './webhook.js'

/** What `workosCatchUp` takes. */
export interface WorkosCatchUpOptions extends WorkosEventOptions {
  /** The environment's own API key, `sk_…`. */
  readonly apiKey: string
  /** Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** Types of events that are read. Default: those of users, organizations and memberships, and `session.revoked`. */
  readonly events?: readonly string[]
  /** Where the first run begins, as ISO 8601; WorkOS keeps events for 90 days. Default: 30 days ago. */
  readonly since?: string
  /** How many pages of 100 events one run reads at most. Default 100. */
  readonly maxPages?: number
  /** How long one page may take. Default 10,000. */
  readonly timeoutMs?: number
  /** Called with each event, as by `workosWebhook`. Not awaited. */
  readonly onDelivery?: (delivery: WorkosDelivery) => void
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** How far a run came. Whatever it is, the next one goes on from there. */
export interface CaughtUp {
  /**
   * `done`: there is nothing more. `more`: `maxPages` were read. `busy`: another process reads. `paused`: WorkOS asked for a
   * pause, which is not over. `unavailable`: WorkOS or the store cannot be reached, see `cause`.
   */
  readonly outcome: 'done' | 'more' | 'busy' | 'paused' | 'unavailable'
  /** Events that were read in this run. */
  readonly events: number
  /** Those of them that hold ids or dates that are none: they are passed over. */
  readonly refused: number
  /** When to run again at the earliest, in seconds from now; null where nobody says so. */
  readonly retryAfterSeconds: number | null
  readonly cause?: unknown
}

const LEASE_MS = 60_000
const DAY_MS = 86_400_000
const KINDS = ['user', 'organization', 'organization_membership']
const EVENTS: readonly string[] = [
  ...KINDS.flatMap((kind) => ['created', 'updated', 'deleted'].map((change) => `${kind}.${change}`)),
  'session.revoked',
]

const schema = object({
  ...eventOptions,
  apiKey: z
    .string("the environment's API key: it begins with sk_")
    .check(z.regex(/^sk_[\x21-\x7e]{8,512}$/, "the environment's API key: it begins with sk_")),
  apiUrl: z._default(text, 'https://api.workos.com'),
  events: z._default(nonEmpty(text), [...EVENTS]),
  since: z.exactOptional(dateTime),
  maxPages: z._default(wholeBetween(1, 10_000), 100),
  // A page must be over before the lease is.
  timeoutMs: z._default(wholeBetween(1, 20_000), 10_000),
  onDelivery: z.exactOptional(functionOption<NonNullable<WorkosCatchUpOptions['onDelivery']>>()),
  now,
})

type Settings = z.output<typeof schema>

/** What a run counts. */
interface Count {
  events: number
  refused: number
}

/**
 * Reads from the Events API of WorkOS what no webhook has brought, for a timer: each call goes on where the one before ended, in
 * whichever process. One process reads at a time. The cursor moves with what was read here only, never with a webhook: WorkOS
 * withholds the newest events from this list for some seconds, and a cursor that ran ahead would lose them.
 *
 * A call does not wait: after a 429 the next ones do nothing until `Retry-After` is over. It rejects with what `handle` throws, and
 * the cursor stays before that page.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * const catchUp = workosCatchUp({ auth, sync, apiKey: env.WORKOS_API_KEY })
 * setInterval(() => void catchUp().then(({ outcome }) => log.info({ outcome })), 60_000)
 * @see https://workos.com/docs/events/data-syncing/events-api
 */
export function workosCatchUp(options: WorkosCatchUpOptions): () => Promise<CaughtUp> {
  const parsed = parseOptions(schema, options, 'workosCatchUp')
  assertVerifiers(parsed, 'workosCatchUp')
  const apiUrl = assertEndpointUrl(parsed.apiUrl, 'workosCatchUp.apiUrl').replace(/\/+$/, '')
  if (/[?#]/.test(apiUrl)) throw optionError('workosCatchUp.apiUrl', 'must have no query and no fragment')
  const settings: Settings = { ...parsed, apiUrl }
  let pausedUntil = 0

  return async () => {
    const count: Count = { events: 0, refused: 0 }
    const pausedMs = pausedUntil - settings.now()
    if (pausedMs > 0) return { outcome: 'paused', ...count, retryAfterSeconds: Math.ceil(pausedMs / 1000) }
    const lease = { holder: crypto.randomUUID(), leaseMs: LEASE_MS }
    try {
      const outcome = await held(settings.sync, lease, (after) => readAll(settings, lease, after, count))
      return { outcome, ...count, retryAfterSeconds: null }
    } catch (error) {
      if (!isAuthError(error) || error.status !== 503) throw error
      const { retryAfterSeconds, cause = error } = error
      if (error.code === 'verifier_unavailable' && retryAfterSeconds !== null)
        pausedUntil = settings.now() + retryAfterSeconds * 1000
      return { outcome: 'unavailable', ...count, retryAfterSeconds, cause }
    }
  }
}

type Lease = Parameters<WorkosSync['begin']>[0]

/** Gives the lease back, also where what it was for failed. */
async function held<T>(
  sync: WorkosSync,
  lease: Lease,
  read: (after: string | null) => Promise<T>,
): Promise<T | 'busy'> {
  const cursor = await reached(() => sync.begin(lease))
  if (cursor === null) return 'busy'
  try {
    return await read(cursor.after)
  } finally {
    // Where it cannot be given back, it ends.
    await sync.end(lease).catch(() => {})
  }
}

async function readAll(
  settings: Settings,
  lease: Lease,
  begun: string | null,
  count: Count,
): Promise<'done' | 'more' | 'busy'> {
  const { sync, maxPages, since } = settings
  const start = since ?? new Date(settings.now() - 30 * DAY_MS).toISOString()
  let after = begun
  for (let page = 0; page < maxPages; page++) {
    const { events, last }: Page = await readPage(settings, after === null ? { range_start: start } : { after })
    for (const one of events) await takeListed(settings, one, count)
    if (last === null || last === after) return 'done'
    if (!(await reached(() => sync.advance(lease, last)))) return 'busy'
    after = last
  }
  return 'more'
}

/** One that cannot be read comes no better the next time: it is counted, and must not stop the others. */
async function takeListed(settings: Settings, listed: unknown, count: Count): Promise<void> {
  count.events++
  let event: ReturnType<typeof readEvent> | undefined
  try {
    event = readEvent(listed)
    const outcome = await takeEvent(settings, event)
    report(settings, deliveryOf(event, outcome))
  } catch (error) {
    report(settings, deliveryOf(event, error))
    if (!isAuthError(error) || error.code !== 'request_invalid') throw error
    count.refused++
  }
}

function report({ onDelivery }: Settings, delivery: WorkosDelivery): void {
  try {
    onDelivery?.(delivery)
  } catch {
    // A counter that fails must not lose an event.
  }
}
